/** Things around a product that are no products. */
import { darken, lighten, mix } from '../palettes.ts';
import type { Random } from '../svg.ts';
import { between, circle, ellipse, gradient, group, line, num, path, pick, rect, repeat } from '../svg.ts';
import type { Props } from './shades.ts';
import { shaded, withShades } from './shades.ts';
import { ball, frond, parcel } from './hiders.ts';

/** Clutter that stands around: its foot is at the bottom of the box. */
export const clutter: Props = {
  plant: withShades(plant),
  candle: withShades(candle),
  jar: withShades(jar),
  books: withShades(books),
  fruit: withShades(fruit),
  box: withShades(parcel),
};

/** Clutter that lies about, seen from above. */
export const litter: Props = {
  pencil: withShades(pencil),
  cup: withShades(cupFromAbove),
  frond: withShades(frond),
  keys: withShades(keys),
  phone: withShades(phone),
  fruit: withShades(ball),
};

function plant(random: Random): string {
  const pot = pick(random, ['#c9714a', '#e8e4da', '#4a5b63', '#d9a94f']);
  const tone = pick(random, ['#3f7a3c', '#4f8f5a', '#6f9440']);
  const leaf = (i: number): string => {
    const turn = -80 + i * 16 + between(random, -6, 6);
    const long = between(random, 150, 220);
    const d = `M0,0 C${num(-long * 0.2)},${num(-long * 0.4)} ${num(-long * 0.12)},${num(-long * 0.85)} 0,${num(-long)} C${num(long * 0.12)},${num(-long * 0.85)} ${num(long * 0.2)},${num(-long * 0.4)} 0,0 Z`;
    return group(
      `transform="translate(200 262) rotate(${num(turn)})"`,
      path(d, mix(tone, i % 2 ? '#1d3d22' : '#bcd67a', 0.25)),
      line(`M0,-6 L0,${num(-long + 12)}`, '#e8f0c8', 2, 'stroke-opacity="0.45"'),
    );
  };
  return (
    repeat(11, leaf) +
    shaded('M120,250 L280,250 L260,394 Q200,404 140,394 Z', pot, 'tube') +
    shaded('M110,236 H290 V264 H110 Z', pot, 'tube')
  );
}

function candle(random: Random): string {
  const wax = pick(random, ['#f3ead6', '#d9a5a0', '#a9b8a0']);
  return (
    ellipse(200, 84, 20, 44, '#ffd46a') +
    ellipse(200, 96, 9, 24, '#fff7d8') +
    line('M200,128 V152', '#33291f', 5) +
    shaded('M120,150 Q200,134 280,150 L280,394 Q200,404 120,394 Z', wax, 'tube') +
    ellipse(200, 152, 78, 13, lighten(wax, 0.5))
  );
}

function jar(random: Random): string {
  const inside = pick(random, ['#c9652f', '#8a2f3f', '#d9b04a', '#6b8a3f']);
  return (
    shaded(
      'M92,110 Q92,92 116,90 L284,90 Q308,92 308,110 L308,372 Q308,396 284,398 L116,398 Q92,396 92,372 Z',
      inside,
      'tube',
    ) +
    shaded('M104,42 H296 V90 H104 Z', '#c9ccd0', 'tube') +
    rect(116, 190, 168, 120, '#f6f0df', 'rx="8"') +
    line('M146,226 H254 M146,252 H230 M146,278 H244', '#6b5a45', 8)
  );
}

function books(random: Random): string {
  const tones = ['#8c3b32', '#2f4a5c', '#c9a35a', '#4d6b4f', '#6b4a6b', '#b8683f'];
  return repeat(4, (i) => {
    const [colour, x] = [pick(random, tones), between(random, 4, 44)];
    const y = 320 - i * 76;
    return (
      rect(x, y, 350, 74, colour, 'rx="8"') +
      rect(x + 300, y + 9, 52, 56, '#f0e8d6') +
      rect(x, y, 350, 12, '#ffffff', 'fill-opacity="0.2" rx="6"') +
      rect(x + 40, y + 28, 120, 14, lighten(colour, 0.55), 'rx="5"')
    );
  });
}

function fruit(random: Random): string {
  const tone = pick(random, ['#c8352f', '#e0902a', '#8fae3a']);
  return (
    line('M204,120 C206,90 214,76 226,62', '#5a3d22', 11) +
    shaded(
      'M206,118 C250,84 340,100 350,200 C356,300 290,398 246,396 C226,396 216,386 200,386 C184,386 174,396 154,396 C110,398 44,300 50,200 C60,100 150,84 206,118 Z',
      tone,
      'round',
    ) +
    path('M226,84 C250,50 296,54 306,62 C292,90 252,98 226,84 Z', '#5d8a3a')
  );
}

function pencil(random: Random): string {
  const tone = pick(random, ['#e2a72e', '#c23b35', '#2f6b8a']);
  return (
    path(
      'M20,190 L320,190 L386,208 L320,226 L20,226 Z',
      '#1a1410',
      'fill-opacity="0.3" transform="translate(4 8)"',
    ) +
    rect(20, 182, 300, 12, lighten(tone, 0.3)) +
    rect(20, 194, 300, 12, tone) +
    rect(20, 206, 300, 12, darken(tone, 0.3)) +
    path('M320,182 L386,200 L320,218 Z', '#e8c79a') +
    path('M366,194.5 L386,200 L366,205.5 Z', '#2b2b2b') +
    rect(2, 182, 30, 36, '#d98a8f', 'rx="6"') +
    rect(26, 182, 16, 36, '#b9bec4')
  );
}

function cupFromAbove(random: Random): string {
  const tone = pick(random, ['#f2efe8', '#4a6b73', '#c9714a']);
  return (
    circle(206, 210, 178, '#000000', 'fill-opacity="0.25"') +
    circle(200, 200, 178, darken(tone, 0.08)) +
    circle(200, 200, 178, 'url(#round)') +
    rect(250, 178, 124, 44, tone, 'rx="20"') +
    circle(200, 200, 112, tone) +
    circle(200, 200, 98, '#4a2a18') +
    path('M130,170 Q200,110 262,150 Q200,140 150,200 Z', '#8a5a38', 'fill-opacity="0.7"')
  );
}

function keys(): string {
  return (
    circle(120, 200, 84, 'none', 'stroke="#8d9298" stroke-width="14"') +
    repeat(3, (i) =>
      group(
        `transform="rotate(${i * 26 - 20} 120 200)"`,
        circle(220, 200, 42, ['#c9a24a', '#b8bcc2', '#a8743f'][i]!),
        circle(205, 200, 11, '#55595e'),
        rect(250, 190, 138, 20, ['#c9a24a', '#b8bcc2', '#a8743f'][i]!, 'rx="4"'),
        rect(340, 206, 14, 18, '#8d7a4a'),
        rect(364, 206, 12, 24, '#8d7a4a'),
      ),
    )
  );
}

function phone(random: Random): string {
  const screen = gradient(
    'screen',
    [
      [0, pick(random, ['#3f6b9a', '#7a4a8a', '#2f7a6b'])],
      [1, '#141a2a'],
    ],
    'x1="0" y1="0" x2="1" y2="1"',
  );
  return `<defs>${screen}</defs>${rect(20, 118, 372, 186, '#000000', 'fill-opacity="0.3" rx="30"')}${rect(12, 106, 372, 186, '#1d1f24', 'rx="30"')}${rect(24, 118, 348, 162, 'url(#screen)', 'rx="20"')}${repeat(8, (i) => rect(60 + (i % 4) * 74, 142 + Math.floor(i / 4) * 62, 46, 46, ['#e8b23f', '#e2574c', '#6bc4a6', '#f4f4f4'][i % 4]!, 'rx="12"'))}`;
}
