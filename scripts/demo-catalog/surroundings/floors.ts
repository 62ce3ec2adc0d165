/** Floors, tables and cloths, seen from above. */
import { darken, lighten, mix } from '../palettes.ts';
import type { Random } from '../svg.ts';
import { between, ellipse, gradient, line, num, path, pick, rect, repeat } from '../svg.ts';

export function planks(random: Random, tone: string, count: number): string {
  const height = 640 / count;
  return repeat(count, (row) => {
    const y = row * height;
    const base = mix(tone, pick(random, ['#3b2416', '#f0d2a4', '#9a6a44']), random() * 0.22);
    const joint = between(random, 60, 580);
    return (
      rect(0, y, 640, height + 1, base) +
      repeat(15, (i) => grain(random, y + ((i + random()) * height) / 15, base)) +
      (random() < 0.6
        ? knot(random, between(random, 40, 600), y + height * between(random, 0.3, 0.7), base)
        : '') +
      rect(joint, y, 2.5, height, darken(base, 0.6)) +
      rect(0, y, 640, 3, '#000000', 'fill-opacity="0.5"') +
      rect(0, y + 3, 640, 2.5, '#ffffff', 'fill-opacity="0.22"')
    );
  });
}

function grain(random: Random, y: number, base: string): string {
  const bend = (): string => num(y + between(random, -5, 5));
  const colour = random() < 0.7 ? darken(base, 0.5) : lighten(base, 0.4);
  return line(
    `M-10,${bend()} C160,${bend()} 320,${bend()} 650,${bend()}`,
    colour,
    between(random, 0.6, 2.4),
    `stroke-opacity="${num(between(random, 0.12, 0.4))}"`,
  );
}

const knot = (random: Random, x: number, y: number, base: string): string =>
  repeat(4, (i) =>
    ellipse(
      x,
      y,
      20 - i * 5,
      9 - i * 2,
      i === 3 ? darken(base, 0.65) : 'none',
      `stroke="${darken(base, 0.5)}" stroke-width="1.6" opacity="${num(between(random, 0.35, 0.6))}"`,
    ),
  );

export function tiles(random: Random): string {
  const count = pick(random, [6, 7, 8]);
  const [one, two] = pick(random, [
    ['#eef0ee', '#7fa3ab'],
    ['#f3e9d7', '#c98b62'],
    ['#e9ecef', '#4c5866'],
    ['#dcebe4', '#f3f6f2'],
  ] as const);
  const motif = random() < 0.5;
  const side = 640 / count;
  const shine = gradient(
    'shine',
    [
      [0, '#fff', 0.35],
      [0.5, '#fff', 0],
      [1, '#000', 0.16],
    ],
    'x1="0" y1="0" x2="1" y2="1"',
  );
  return (
    `<defs>${shine}</defs>` +
    rect(0, 0, 640, 640, '#b9b4aa') +
    repeat(count * count, (i) => {
      const [column, row] = [i % count, Math.floor(i / count)];
      const [x, y] = [column * side + 3, row * side + 3];
      const colour = mix((column + row) % 2 ? one : two, '#8d8a84', random() * 0.12);
      const box = (paint: string): string => rect(x, y, side - 6, side - 6, paint, 'rx="4"');
      const star =
        motif && (column + row) % 2
          ? path(
              `M${num(x + side / 2)},${num(y + 10)} L${num(x + side - 15)},${num(y + side / 2)} L${num(x + side / 2)},${num(y + side - 15)} L${num(x + 10)},${num(y + side / 2)} Z`,
              mix(one, two, 0.6),
            )
          : '';
      return box(colour) + star + box('url(#shine)');
    })
  );
}

export function linen(random: Random): string {
  const base = pick(random, ['#d9cbb2', '#b9c4c9', '#c7a9a0', '#5c6b7a', '#8f9b7d']);
  const weave = `<pattern id="weave" width="8" height="8" patternUnits="userSpaceOnUse">${rect(0, 0, 4, 4, '#ffffff', 'fill-opacity="0.16"')}${rect(4, 4, 4, 4, '#000000', 'fill-opacity="0.14"')}${rect(4, 0, 1, 8, '#000000', 'fill-opacity="0.08"')}</pattern>`;
  const blur = '<filter id="fold"><feGaussianBlur stdDeviation="16"/></filter>';
  const fold = (): string => {
    const [x, y] = [random() * 640, random() * 640];
    const d = `M${num(x - 260)},${num(y + between(random, -90, 90))} Q${num(x)},${num(y)} ${num(x + 280)},${num(y + between(random, -120, 120))}`;
    return (
      line(d, '#000', 26, 'stroke-opacity="0.26"') +
      line(d, '#fff', 18, 'stroke-opacity="0.3" transform="translate(6 -26)"')
    );
  };
  return `<defs>${weave}${blur}</defs>${rect(0, 0, 640, 640, base)}<g filter="url(#fold)">${repeat(5, fold)}</g>${rect(0, 0, 640, 640, 'url(#weave)')}`;
}

export function marble(random: Random): string {
  const [base, vein] = pick(random, [
    ['#f1efec', '#8d9096'],
    ['#2d3338', '#d8d5cc'],
    ['#e9ded2', '#a67b5b'],
  ] as const);
  const blur = '<filter id="haze"><feGaussianBlur stdDeviation="7"/></filter>';
  const run = (): string => {
    let [x, y] = [between(random, -200, 560), -20];
    let d = `M${num(x)},${y}`;
    while (y < 660) {
      x += between(random, -30, 80);
      y += between(random, 20, 80);
      d += ` S${num(x + between(random, -30, 30))},${num(y - 24)} ${num(x)},${num(y)}`;
    }
    return d;
  };
  const veins = Array.from({ length: 12 }, run);
  return `<defs>${blur}</defs>${rect(0, 0, 640, 640, base)}<g filter="url(#haze)">${veins.map((d) => line(d, vein, between(random, 6, 26), 'stroke-opacity="0.16"')).join('')}</g>${veins.map((d) => line(d, vein, between(random, 0.5, 1.6), 'stroke-opacity="0.4"')).join('')}`;
}

export function rug(random: Random): string {
  const [ground, one, two, three] = pick(random, [
    ['#8c2f2b', '#e7c88f', '#2f4858', '#d98b52'],
    ['#e8dcc6', '#9c4a36', '#35506b', '#c9a15d'],
    ['#31455c', '#d8c7a4', '#b5543f', '#7e9c93'],
  ] as const);
  const band = (y: number, i: number): string => {
    const ink = [one, two, three][i % 3]!;
    if (i % 3 === 1)
      return repeat(
        11,
        (j) =>
          path(`M${j * 64 - 32},${y + 32} l32,-28 l32,28 l-32,28 Z`, ink) +
          path(`M${j * 64 - 16},${y + 32} l16,-14 l16,14 l-16,14 Z`, ground),
      );
    if (i % 3 === 2) return line(`M-10,${y + 44} ${repeat(17, () => 'l20,-26 l20,26 ')}`, ink, 9);
    return (
      rect(0, y + 8, 640, 14, ink) +
      repeat(20, (j) => rect(j * 32 + 6, y + 30, 18, 18, ink)) +
      rect(0, y + 54, 640, 5, two)
    );
  };
  const knit = `<pattern id="knit" width="5" height="4" patternUnits="userSpaceOnUse">${rect(0, 0, 2, 4, '#000000', 'fill-opacity="0.16"')}${rect(3, 0, 1, 2, '#ffffff', 'fill-opacity="0.14"')}</pattern>`;
  return `<defs>${knit}</defs>${rect(0, 0, 640, 640, ground)}${repeat(10, (i) => band(i * 64, i))}${rect(0, 0, 640, 640, 'url(#knit)')}`;
}
