/** What lies under one's feet outdoors, seen from above. */
import { darken, lighten, mix } from '../palettes.ts';
import type { Random } from '../svg.ts';
import { between, circle, ellipse, gradient, group, line, num, path, pick, rect, repeat } from '../svg.ts';

export function grass(random: Random): string {
  const tones = ['#2f5a22', '#3d7029', '#4f8a33', '#65a043', '#7fb555', '#a3c86c'];
  const blade = (): string => {
    const [x, y, long] = [random() * 640, random() * 660, between(random, 11, 27)];
    const lean = between(random, -14, 14);
    return `M${num(x)},${num(y)} q${num(lean * 0.3)},${num(-long * 0.6)} ${num(lean)},${num(-long)}`;
  };
  return (
    rect(0, 0, 640, 640, '#35601f') +
    repeat(tones.length * 2, (i) =>
      line(
        repeat(230, blade),
        tones[i % tones.length]!,
        i < tones.length ? 3.4 : 2.3,
        'stroke-opacity="0.9"',
      ),
    ) +
    repeat(pick(random, [0, 16]), () => daisy(random() * 640, random() * 640))
  );
}

const daisy = (x: number, y: number): string =>
  group(
    `transform="translate(${num(x)} ${num(y)})"`,
    repeat(7, (i) => ellipse(0, -7, 3, 6, '#fbfbf4', `transform="rotate(${num((i * 360) / 7)})"`)),
    circle(0, 0, 4, '#f0bf3a'),
  );

export function concrete(random: Random): string {
  const base = pick(random, ['#a7a7a3', '#8b8d90', '#bdb6ab']);
  const blur = '<filter id="cloud"><feGaussianBlur stdDeviation="24"/></filter>';
  const cloud = (i: number): string =>
    ellipse(
      random() * 640,
      random() * 640,
      between(random, 40, 120),
      between(random, 30, 80),
      i % 2 ? '#fff' : '#000',
      'fill-opacity="0.12"',
    );
  const speck = (): string => {
    const r = between(random, 0.7, 2.6);
    return circle(
      random() * 640,
      random() * 640,
      r,
      random() < 0.5 ? darken(base, 0.35) : lighten(base, 0.35),
      'fill-opacity="0.7"',
    );
  };
  const crack = line(
    `M${num(random() * 640)},0 l40,120 l-30,90 l60,130 l-20,110 l50,200`,
    darken(base, 0.5),
    2,
    'stroke-opacity="0.6"',
  );
  return `<defs>${blur}</defs>${rect(0, 0, 640, 640, base)}<g filter="url(#cloud)">${repeat(16, cloud)}</g>${repeat(520, speck)}${random() < 0.5 ? crack : ''}`;
}

export function cobbles(random: Random): string {
  const tone = pick(random, ['#8d8b88', '#a2836c', '#7a828a']);
  const light = gradient(
    'stone',
    [
      [0, '#fff', 0.4],
      [0.6, '#fff', 0],
      [1, '#000', 0.4],
    ],
    'cx="0.5" cy="0.5" r="0.7" fx="0.35" fy="0.3"',
    true,
  );
  return (
    `<defs>${light}</defs>` +
    rect(0, 0, 640, 640, darken(tone, 0.55)) +
    repeat(14 * 17, (i) => {
      const row = Math.floor(i / 14);
      const x = (i % 14) * 48 - (row % 2 ? 26 : 3) + between(random, -3, 3);
      const y = row * 38 - 5 + between(random, -2, 2);
      const [w, h] = [between(random, 40, 45), between(random, 31, 34.5)];
      const colour = mix(tone, pick(random, ['#d6cdbf', '#56575c', '#9b7a63']), random() * 0.4);
      return rect(x, y, w, h, colour, 'rx="10"') + rect(x, y, w, h, 'url(#stone)', 'rx="10"');
    })
  );
}

export function pebbles(random: Random): string {
  const light = gradient(
    'stone',
    [
      [0, '#fff', 0.5],
      [0.5, '#fff', 0],
      [1, '#000', 0.45],
    ],
    'cx="0.5" cy="0.5" r="0.7" fx="0.35" fy="0.3"',
    true,
  );
  const tones = ['#c9bfae', '#8f8a83', '#e6ded0', '#a58d76', '#6f7276', '#b7a48f'];
  const stone = (): string => {
    const [x, y, rx] = [random() * 640, random() * 640, between(random, 8, 21)];
    const ry = rx * between(random, 0.6, 0.9);
    const turn = `transform="rotate(${num(random() * 180)} ${num(x)} ${num(y)})"`;
    return (
      ellipse(x + 1, y + 3, rx, ry, '#2e2a26', `${turn} fill-opacity="0.6"`) +
      ellipse(x, y, rx, ry, pick(random, tones), turn) +
      ellipse(x, y, rx, ry, 'url(#stone)', turn)
    );
  };
  return `<defs>${light}</defs>${rect(0, 0, 640, 640, '#6d655c')}${repeat(760, stone)}`;
}

/** Fallen leaves: the busiest ground of all. */
export function autumn(random: Random): string {
  const tones = ['#c8641f', '#d99a2b', '#8f3b1b', '#a8742c', '#6b5a22', '#e0b04a', '#7a2c1c'];
  const leaf = (): string => {
    const place = `translate(${num(random() * 660 - 10)} ${num(random() * 660 - 10)}) rotate(${num(random() * 360)}) scale(${num(between(random, 0.42, 0.85))})`;
    const colour = pick(random, tones);
    const shape =
      'M0,-46 C10,-34 12,-26 10,-20 C22,-30 34,-30 40,-22 C34,-14 28,-8 18,-4 C30,0 34,10 32,20 C20,18 10,14 4,8 L3,44 L-3,44 L-4,8 C-10,14 -20,18 -32,20 C-34,10 -30,0 -18,-4 C-28,-8 -34,-14 -40,-22 C-34,-30 -22,-30 -10,-20 C-12,-26 -10,-34 0,-46 Z';
    return group(
      `transform="${place}"`,
      path(shape, '#1d130b', 'fill-opacity="0.4" transform="translate(3 5)"'),
      path(shape, colour),
      line('M0,-38 L0,40 M0,-4 L26,-20 M0,-4 L-26,-20 M0,6 L24,14 M0,6 L-24,14', darken(colour, 0.4), 1.8),
    );
  };
  return rect(0, 0, 640, 640, '#4a3520') + repeat(430, leaf);
}
