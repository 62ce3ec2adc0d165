/** What stands behind products, seen from the front: boxes of 640 × 640, most of them out of focus. */
import { darken, lighten, mix } from '../palettes.ts';
import type { Random } from '../svg.ts';
import { between, circle, ellipse, gradient, group, line, num, path, pick, rect, repeat } from '../svg.ts';

export interface Wall {
  /** How far out of focus it is: blur in pixels at 640. */
  readonly blur: number;
  readonly draw: (random: Random) => string;
}

export const walls: Readonly<Record<string, Wall>> = {
  plaster: { blur: 0, draw: plaster },
  bricks: { blur: 1.2, draw: bricks },
  wallpaper: { blur: 1, draw: wallpaper },
  kitchen: { blur: 2, draw: kitchen },
  bookcase: { blur: 2.6, draw: bookcase },
  window: { blur: 3, draw: window },
  garden: { blur: 5, draw: garden },
  street: { blur: 4, draw: street },
};

const fall = gradient(
  'fall',
  [
    [0, '#fff', 0.18],
    [0.5, '#fff', 0],
    [1, '#000', 0.22],
  ],
  'x1="0" y1="0" x2="0.6" y2="1"',
);
const lit = (body: string): string => `<defs>${fall}</defs>${body}${rect(0, 0, 640, 640, 'url(#fall)')}`;

function plaster(random: Random): string {
  const tone = pick(random, ['#d9cfc1', '#b7c4bd', '#c9b2a5', '#9fb0bf', '#e3dccb', '#8f9a86']);
  const picture = between(random, 60, 480);
  const frame =
    rect(picture, 90, 120, 150, '#5a4230') +
    rect(picture + 9, 99, 102, 132, '#f4efe4') +
    path(`M${num(picture + 20)},215 l34,-60 l22,30 l14,-18 l16,48 Z`, mix(tone, '#2f5560', 0.6)) +
    circle(picture + 78, 132, 12, '#e2a04a');
  return lit(rect(0, 0, 640, 640, tone) + (random() < 0.5 ? frame : ''));
}

function bricks(random: Random): string {
  const tone = pick(random, ['#a8553d', '#c8bfb4', '#8d4a3a', '#b98a6a']);
  const brick = (i: number): string => {
    const row = Math.floor(i / 9);
    const x = (i % 9) * 84 - (row % 2 ? 42 : 4);
    const colour = mix(tone, pick(random, ['#5c2f24', '#e0b394', '#8d6a5c']), random() * 0.4);
    return (
      rect(x, row * 34, 79, 29, colour, 'rx="2"') + rect(x, row * 34, 79, 4, '#ffffff', 'fill-opacity="0.16"')
    );
  };
  return lit(rect(0, 0, 640, 640, mix(tone, '#d8d2c8', 0.7)) + repeat(9 * 19, brick));
}

function wallpaper(random: Random): string {
  const [ground, ink] = pick(random, [
    ['#e6dcc8', '#b98d5b'],
    ['#2f4a50', '#c9b27a'],
    ['#e9d5d2', '#a85d62'],
    ['#d3dfe2', '#5d8390'],
  ] as const);
  const motif = (i: number): string => {
    const row = Math.floor(i / 8);
    const place = `transform="translate(${(i % 8) * 92 + (row % 2 ? 46 : 0)} ${row * 80})"`;
    return group(
      place,
      path('M0,-30 C20,-16 20,10 0,30 C-20,10 -20,-16 0,-30 Z', ink, 'fill-opacity="0.75"'),
      path('M0,-16 C9,-8 9,6 0,18 C-9,6 -9,-8 0,-16 Z', ground),
      ellipse(0, 42, 4, 4, ink),
    );
  };
  return lit(rect(0, 0, 640, 640, ground) + repeat(8 * 9, motif));
}

function kitchen(random: Random): string {
  const tone = pick(random, ['#eef1ee', '#bcd3cc', '#dfe5ea', '#f1e6d2']);
  const tile = (i: number): string => {
    const row = Math.floor(i / 9);
    return rect(
      (i % 9) * 80 - (row % 2 ? 40 : 0),
      row * 42,
      76,
      38,
      mix(tone, '#9aa5a5', random() * 0.16),
      'rx="3"',
    );
  };
  const rail = line('M-10,120 L650,120', '#8a8f94', 7);
  const tool = (i: number): string => {
    const x = 70 + i * 128 + between(random, -16, 16);
    const colour = pick(random, ['#7a5230', '#3d4a52', '#b0483a', '#c8ccd0']);
    return line(`M${num(x)},124 V230`, colour, 7) + ellipse(x, 256, 22, 30, colour);
  };
  return lit(rect(0, 0, 640, 640, darken(tone, 0.25)) + repeat(9 * 16, tile) + rail + repeat(5, tool));
}

function bookcase(random: Random): string {
  const wood = pick(random, ['#6d4a30', '#8a6a4a', '#4a3a30']);
  const covers = ['#8c3b32', '#2f4a5c', '#c9a35a', '#4d6b4f', '#d8cdb8', '#6b4a6b', '#31353c', '#b8683f'];
  const shelf = (row: number): string => {
    let x = between(random, 4, 20);
    let books = '';
    while (x < 620) {
      const [wide, tall] = [between(random, 16, 38), between(random, 90, 132)];
      const colour = pick(random, covers);
      books +=
        rect(x, row * 160 + 146 - tall, wide, tall, colour) +
        rect(x + 3, row * 160 + 160 - tall, wide - 6, 6, lighten(colour, 0.5));
      x += wide + (random() < 0.12 ? between(random, 20, 60) : 1);
    }
    return books + rect(0, row * 160 + 146, 640, 14, wood);
  };
  return lit(rect(0, 0, 640, 640, darken(wood, 0.55)) + repeat(4, shelf));
}

function window(random: Random): string {
  const sky = gradient(
    'sky',
    [
      [0, '#a9d4ee'],
      [0.7, '#e8f3f2'],
      [1, '#bcd6a8'],
    ],
    'x1="0" y1="0" x2="0" y2="1"',
  );
  const curtain = pick(random, ['#d9b9a0', '#c4cfd6', '#e0d3b0', '#a9b89a']);
  const drape = (x: number): string =>
    repeat(6, (i) => rect(x + i * 22, 0, 24, 640, i % 2 ? curtain : darken(curtain, 0.16)));
  const hill =
    path('M0,430 Q160,340 330,410 T640,380 V640 H0 Z', '#7fa56b') +
    circle(between(random, 200, 440), 330, 60, '#5d8a52');
  return lit(
    `<defs>${sky}</defs>${rect(0, 0, 640, 640, 'url(#sky)')}${hill}${rect(312, 0, 16, 640, '#f3efe6')}${rect(0, 236, 640, 14, '#f3efe6')}${drape(-20)}${drape(530)}`,
  );
}

function garden(random: Random): string {
  const tones = ['#2c4f2a', '#3f6d34', '#588a43', '#78a859', '#9cc37a'];
  const bush = (i: number): string =>
    circle(
      random() * 640,
      between(random, 140, 560),
      between(random, 30, 80),
      tones[Math.floor((i / 70) * 4 + random())]!,
      'fill-opacity="0.85"',
    );
  const bloom = (): string =>
    circle(
      random() * 640,
      between(random, 220, 540),
      between(random, 6, 15),
      pick(random, ['#e8c24a', '#d9637a', '#f4f0e2', '#b07ac2']),
    );
  const glint = (): string =>
    circle(random() * 640, random() * 300, between(random, 10, 26), '#fdfbe0', 'fill-opacity="0.4"');
  const lawn = rect(0, 420, 640, 220, '#6f9a4a') + rect(0, 420, 640, 60, '#4f7a3a', 'fill-opacity="0.6"');
  return rect(0, 0, 640, 640, '#bcd9e6') + lawn + repeat(70, bush) + repeat(34, bloom) + repeat(14, glint);
}

function street(random: Random): string {
  const tones = ['#b9785a', '#d4b38a', '#8fa0a8', '#c9c2b4', '#7d6a62', '#a3b09a'];
  const house = (i: number): string => {
    const [x, top] = [i * 132 - 10, between(random, 20, 150)];
    const colour = pick(random, tones);
    const pane = (j: number): string =>
      rect(
        x + 18 + (j % 2) * 58,
        top + 30 + Math.floor(j / 2) * 96,
        34,
        56,
        random() < 0.35 ? '#f6dc95' : '#42525e',
      );
    return (
      rect(x, top, 128, 640, colour) +
      rect(x, top, 128, 10, darken(colour, 0.35)) +
      repeat(8, pane) +
      rect(x, 520, 128, 60, pick(random, ['#7a2f2f', '#2f5560', '#4f6b3f']))
    );
  };
  const lamp = (): string =>
    circle(
      random() * 640,
      between(random, 160, 520),
      between(random, 8, 18),
      pick(random, ['#ffe9a8', '#ffd08a', '#ff9d7a']),
      'fill-opacity="0.85"',
    );
  return rect(0, 0, 640, 640, '#cfdde4') + repeat(5, house) + repeat(16, lamp);
}
