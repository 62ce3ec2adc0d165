/** Things for spare time: guitar, skateboard, headphones. */
import { darken, lighten, mix } from '../palettes.ts';
import { circle, ellipse, group, line, num, path, rect, repeat } from '../svg.ts';
import type { Kind } from './kind.ts';

export const guitar: Kind = {
  name: 'guitar',
  stance: 'lies',
  price: [89, 690],
  coarseness: 0.75,
  draw(brush) {
    const { base, second, accent } = brush.palette;
    const waist = brush.at(0, 40, 56);
    const low = brush.at(1, 92, 108);
    const cutaway = brush.at(2, 0, 1) > 0.5;
    const neckWood = brush.at(3, 0, 1) > 0.5 ? '#4a2c1a' : '#8b5a33';
    const [l, r] = [(x: number): string => num(200 - x), (x: number): string => num(200 + x)];
    const shoulder = cutaway
      ? `C${r(low - 14)},232 ${r(waist + 46)},206 ${r(66)},176 C${r(50)},190 ${r(30)},200 ${r(20)},196`
      : `C${r(waist + 4)},232 ${r(86)},214 ${r(80)},184 C${r(74)},150 ${r(40)},142 200,150`;
    const body = `M200,150 C${l(40)},142 ${l(74)},150 ${l(80)},184 C${l(86)},214 ${l(waist + 4)},232 ${l(waist)},246 C${l(waist + 6)},266 ${l(low)},272 ${l(low)},318 C${l(low)},370 ${l(54)},392 200,392 C${r(54)},392 ${r(low)},370 ${r(low)},318 C${r(low)},272 ${r(waist + 6)},266 ${r(waist)},246 ${shoulder} L200,150 Z`;
    const fret = (i: number): string => line(`M189,${num(62 + i * 15.5)} h22`, '#d8d3c4', 1.8);
    const string = (i: number): string =>
      line(`M${num(192.5 + i * 3)},40 L${num(190 + i * 4)},338`, i < 3 ? '#d9c39a' : '#f1f3f4', 1.1);
    const peg = (i: number): string =>
      circle(
        i % 2 ? 222 : 178,
        16 + Math.floor(i / 2) * 15,
        5.5,
        '#d9dde0',
        'stroke="#7d838a" stroke-width="1.5"',
      );
    const instrument = [
      path(body, darken(base, 0.65), 'transform="translate(7 5)"'),
      brush.patterned(body, 'ball'),
      brush.inside(
        body,
        brush.soft(
          7,
          ellipse(150, 300, 13, 44, '#fff', 'fill-opacity="0.45" transform="rotate(18 150 300)"'),
        ),
      ),
      line(body, lighten(second, 0.25), 5),
      line(body, darken(base, 0.6), 1.6),
      circle(200, 238, 34, accent) +
        circle(200, 238, 29, lighten(second, 0.3)) +
        circle(200, 238, 25, '#1c120c'),
      brush.plain('M187,44 L213,44 L214,214 L186,214 Z', neckWood, 'cylinder'),
      repeat(10, fret),
      repeat(4, (i) => circle(200, 85.5 + i * 31, 2.6, '#f4efe2')),
      brush.plain('M183,4 Q200,-4 217,4 L213,48 L187,48 Z', mix(neckWood, base, 0.4), 'cloth'),
      repeat(6, peg),
      rect(164, 334, 72, 13, '#3b2415', 'rx="5"') + rect(172, 337, 56, 3, '#efe7d6'),
      repeat(6, string),
      brush.emblem(cutaway ? 158 : 250, 308, 23),
    ];
    return group('transform="translate(200 200) rotate(33) translate(-200 -196)"', ...instrument);
  },
};

export const skateboard: Kind = {
  name: 'skateboard',
  stance: 'lies',
  price: [39, 149],
  coarseness: 0.7,
  draw(brush) {
    const { base, second, accent } = brush.palette;
    const half = brush.at(0, 50, 66);
    const nose = brush.at(1, 40, 66);
    const wheels = brush.at(2, 0, 1) > 0.5 ? accent : lighten(second, 0.1);
    const [l, r] = [num(200 - half), num(200 + half)];
    const deck = `M${l},${nose + 30} C${l},${nose - 40} 150,4 200,4 C250,4 ${r},${nose - 40} ${r},${nose + 30} L${r},${370 - nose} C${r},${440 - nose} 250,396 200,396 C150,396 ${l},${440 - nose} ${l},${370 - nose} Z`;
    const truck = (y: number): string => {
      const wheel = (x: number): string =>
        rect(x - 11, y - 19, 22, 38, darken(wheels, 0.35), 'rx="8"') +
        rect(x - 11, y - 19, 22, 34, wheels, 'rx="8"') +
        rect(x - 7, y - 15, 5, 26, '#ffffff', 'rx="2.5" fill-opacity="0.5"');
      return (
        brush.inside(
          deck,
          brush.soft(5, rect(200 - half - 6, y - 8, 2 * half + 16, 30, '#000', 'fill-opacity="0.4"')),
        ) +
        rect(200 - half, y - 5, 2 * half, 10, brush.sheen('#f5f7f8', '#8c949c', '#dfe3e6'), 'rx="4"') +
        wheel(200 - half - 2) +
        wheel(200 + half + 2) +
        rect(178, y - 20, 44, 40, brush.sheen('#eef1f3', '#7e868e', '#cdd2d6'), 'rx="7"') +
        repeat(4, (i) => circle(i % 2 ? 213 : 187, i < 2 ? y - 12 : y + 12, 3.2, '#43484e'))
      );
    };
    const board = [
      path(deck, darken(base, 0.6), 'transform="translate(5 4)"'),
      path(deck, '#d9b382'),
      group(
        'transform="translate(200 200) scale(0.955 0.985) translate(-200 -200)"',
        brush.patterned(deck, 'cylinder'),
      ),
      brush.emblem(200, 200, half * 0.76),
      truck(96) + truck(304),
    ];
    return group(`transform="rotate(${num(brush.at(3, 24, 40))} 200 200)"`, ...board);
  },
};

export const headphones: Kind = {
  name: 'headphones',
  stance: 'lies',
  price: [39, 249],
  coarseness: 0.5,
  draw(brush) {
    const { base, second, accent } = brush.palette;
    const top = brush.at(0, 14, 34);
    const rx = brush.at(1, 56, 68);
    const trim = brush.at(2, 0, 1) > 0.5 ? accent : lighten(second, 0.05);
    const band = `M84,232 C60,${top - 24} 340,${top - 24} 316,232`;
    const cup = (cx: number, turn: number): string => {
      const at = (dx: number, dy: number, rx: number, ry: number): string =>
        `M${num(cx + dx - rx)},${268 + dy} a${num(rx)},${num(ry)} 0 1 1 ${num(2 * rx)},0 a${num(rx)},${num(ry)} 0 1 1 ${num(-2 * rx)},0 Z`;
      return group(
        `transform="rotate(${turn} ${cx} 268)"`,
        brush.plain(at(turn > 0 ? 18 : -18, 4, rx * 0.9, 90), '#2a2b30', 'ball'),
        brush.plain(at(0, 0, rx, 88), darken(base, 0.35), 'cylinder'),
        brush.patterned(at(-2, -2, rx - 5, 82), 'ball'),
        brush.plain(at(-2, -2, rx * 0.66, 54), trim, 'ball'),
        brush.soft(
          4,
          ellipse(
            cx - rx * 0.62,
            224,
            6,
            24,
            '#fff',
            `fill-opacity="0.6" transform="rotate(14 ${num(cx - rx * 0.62)} 224)"`,
          ),
        ),
        brush.emblem(cx - 2, 266, rx * 0.5),
      );
    };
    return [
      line(band, darken(base, 0.6), 38),
      line(band, mix(base, '#17181c', 0.25), 32),
      line(band, 'url(#pattern)', 26),
      brush.soft(3, line(band, '#fff', 6, 'stroke-opacity="0.5" transform="translate(-1 -4)"')),
      line('M84,236 L82,196 M316,236 L318,196', brush.sheen('#f3f5f6', '#868d95', '#d7dbdf'), 16),
      cup(88, 6),
      cup(312, -6),
    ].join('');
  },
};
