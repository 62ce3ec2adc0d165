/** What hides a part of a product: a hand, a leaf, a bar, a parcel, a ball, a scarf. */
import { darken, lighten, mix } from '../palettes.ts';
import type { Random } from '../svg.ts';
import { between, circle, group, line, num, path, pick, rect, repeat } from '../svg.ts';
import type { Props } from './shades.ts';
import { shaded, withShades } from './shades.ts';

/** Hiders: what reaches into the picture comes from the left (from x = -600), its tip near the right edge of the box. */
export const hiders: Props = {
  hand: withShades(hand),
  leaf: withShades(frond),
  bar: withShades((random) => bar(random)),
  parcel: withShades(parcel),
  ball: withShades(ball),
  scarf: withShades(scarf),
};

function hand(random: Random): string {
  const skin = pick(random, ['#f0c3a0', '#d99e75', '#a86f48', '#7a4a2e', '#e8b48c']);
  const sleeve = pick(random, ['#39506b', '#7a3b3f', '#4f6b55', '#3b3b42']);
  const finger = (y: number, reach: number, bend: number): string => {
    const d = `M180,${y} C240,${y - bend} ${reach - 60},${y - bend} ${reach},${y}`;
    return (
      line(d, darken(skin, 0.38), 52) +
      line(d, skin, 47) +
      line(d, lighten(skin, 0.3), 12, 'stroke-opacity="0.5" transform="translate(0 -11)"') +
      path(
        `M${reach - 2},${y - 14} q22,2 22,14 q0,12 -22,13 q-9,-13 0,-27 Z`,
        lighten(skin, 0.4),
        'fill-opacity="0.9"',
      ) +
      line(
        `M${reach - 74},${y - bend * 0.7 - 15} q7,14 0,30`,
        darken(skin, 0.35),
        2.5,
        'stroke-opacity="0.6"',
      )
    );
  };
  return [
    shaded('M-600,84 L96,128 L96,292 L-600,336 Z', sleeve, 'tubeDown'),
    line('M84,130 V290', darken(sleeve, 0.35), 9),
    shaded('M92,138 C150,96 214,96 236,130 L246,300 C220,330 140,318 92,282 Z', skin, 'tubeDown'),
    finger(294, 322, 8),
    finger(244, 356, 12),
    finger(192, 366, 14),
    finger(140, 344, 14),
    line('M120,128 C160,84 200,58 244,52', darken(skin, 0.38), 56),
    line('M120,128 C160,84 200,58 244,52', skin, 51),
    path('M240,38 q26,-4 28,10 q0,12 -24,16 q-12,-12 -4,-26 Z', lighten(skin, 0.4), 'fill-opacity="0.9"'),
  ].join('');
}

export function frond(random: Random): string {
  const tone = pick(random, ['#3f7a3c', '#2f6650', '#6f8f35', '#4a8a5a']);
  const leaflet = (i: number): string => {
    const [at, way] = [Math.floor(i / 2), i % 2 ? 1 : -1];
    const x = 60 + at * 34;
    const long = 112 * Math.sin(((at + 1.6) / 11) * Math.PI) + 26;
    const d = `M0,0 C${num(long * 0.3)},-24 ${num(long * 0.8)},-20 ${num(long)},0 C${num(long * 0.8)},20 ${num(long * 0.3)},24 0,0 Z`;
    const colour = mix(tone, way > 0 ? '#12301c' : '#b8d070', 0.12 + random() * 0.18);
    return group(
      `transform="translate(${x} 200) rotate(${num(way * between(random, 48, 60))})"`,
      path(d, colour),
      line(`M4,0 L${num(long - 6)},0`, lighten(colour, 0.35), 1.6),
    );
  };
  return (
    line('M-600,200 L392,200', darken(tone, 0.3), 8) +
    repeat(18, leaflet) +
    shaded('M366,200 C374,182 392,190 399,200 C392,210 374,218 366,200 Z', tone, 'round')
  );
}

function bar(random: Random): string {
  const tone = pick(random, ['#7a4f2d', '#4b5057', '#d8d5cc', '#2e4a52', '#b3423a']);
  const d = 'M-600,150 L388,150 Q399,150 399,162 L399,238 Q399,250 388,250 L-600,250 Z';
  const bolt = (i: number): string =>
    circle(i * 180 - 500, 200, 7, darken(tone, 0.4), `stroke="${lighten(tone, 0.3)}" stroke-width="2"`);
  return (
    shaded(d, tone, 'tubeDown') +
    repeat(5, bolt) +
    line('M-600,154 L392,154', '#ffffff', 3, 'stroke-opacity="0.35"')
  );
}

export function parcel(random: Random): string {
  const card = pick(random, ['#c79a63', '#b3824d', '#d8b78a']);
  const tape = mix(card, '#8a5a2a', 0.4);
  return [
    shaded('M10,120 L330,120 L330,398 L10,398 Z', card, 'tubeDown'),
    path('M330,120 L398,84 L398,352 L330,398 Z', darken(card, 0.35)),
    path('M10,120 L86,84 L398,84 L330,120 Z', lighten(card, 0.25)),
    rect(146, 120, 46, 278, tape, 'fill-opacity="0.75"') +
      path('M146,120 L218,84 L262,84 L192,120 Z', tape, 'fill-opacity="0.75"'),
    rect(216, 300, 94, 66, '#f6f3ec', 'rx="3"') +
      repeat(4, (i) => rect(226, 311 + i * 13, i % 2 ? 70 : 52, 5, '#55524d')),
    line('M34,344 V300 M26,309 L34,298 L42,309 M64,344 V300 M56,309 L64,298 L72,309', darken(card, 0.55), 5),
  ].join('');
}

export function ball(random: Random): string {
  const [one, two] = pick(random, [
    ['#d8413a', '#f4efe4'],
    ['#e8a832', '#2f5a7a'],
    ['#3f8a6b', '#f4e6b8'],
    ['#e6e2d6', '#37424f'],
  ] as const);
  const d = 'M8,200 a192,192 0 1 1 384,0 a192,192 0 1 1 -384,0 Z';
  const clip = `<clipPath id="globe"><path d="${d}"/></clipPath>`;
  return `<defs>${clip}</defs>${path(d, one)}<g clip-path="url(#globe)">${line('M60,-10 C160,120 160,280 60,410', two, 46)}${line('M260,-10 C330,120 330,280 250,410', two, 46)}${line('M-10,200 Q200,250 410,190', darken(one, 0.3), 6)}</g>${path(d, 'url(#round)')}`;
}

function scarf(random: Random): string {
  const [one, two] = pick(random, [
    ['#a83a4a', '#f0dcc0'],
    ['#31506b', '#d9b25a'],
    ['#5a6b4a', '#e8e2d0'],
    ['#6b4a7a', '#e8c4cf'],
  ] as const);
  const d =
    'M-600,118 C-480,150 -380,80 -260,108 S-20,80 60,116 S60,140 150,112 C240,86 300,120 372,140 L384,296 C300,270 240,320 150,300 C60,284 -20,330 -120,300 S-320,270 -420,300 S-540,320 -600,300 Z';
  const band = (i: number): string =>
    line(
      `M${i * 62 - 586},60 C${i * 62 - 566},180 ${i * 62 - 600},250 ${i * 62 - 576},350`,
      two,
      i % 2 ? 16 : 6,
    );
  const clip = `<clipPath id="cloth"><path d="${d}"/></clipPath><filter id="fold"><feGaussianBlur stdDeviation="8"/></filter>`;
  const folds =
    line('M-600,190 C-300,120 -100,220 120,210 380,180', '#000', 20, 'stroke-opacity="0.35"') +
    line('M-600,250 C-300,290 -60,200 160,260 380,236', '#fff', 16, 'stroke-opacity="0.28"');
  const fringe = repeat(9, (i) =>
    line(`M${num(374 + i)},${num(146 + i * 18)} l22,${num(4 + random() * 6)}`, i % 2 ? one : two, 7),
  );
  return `<defs>${clip}</defs>${fringe}${path(d, one)}<g clip-path="url(#cloth)">${repeat(16, band)}<g filter="url(#fold)">${folds}</g></g>`;
}
