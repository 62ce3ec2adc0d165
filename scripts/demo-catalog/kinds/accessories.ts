/** Small things: watch, sunglasses, umbrella. */
import { darken, lighten, luma, mix } from '../palettes.ts';
import { circle, ellipse, line, num, path, rect, repeat } from '../svg.ts';
import type { Kind } from './kind.ts';

export const watch: Kind = {
  name: 'watch',
  stance: 'lies',
  price: [49, 299],
  coarseness: 0.5,
  draw(brush) {
    const { base, second, accent } = brush.palette;
    const r = brush.at(0, 92, 108);
    const half = brush.at(1, 44, 60);
    const metal =
      brush.at(2, 0, 1) > 0.5
        ? ['#fdf3d2', '#c79a3f', '#f3dc9a', '#7d5a1b']
        : ['#fbfcfd', '#9aa3ad', '#e7ebef', '#5f6872'];
    const dial = brush.at(3, 0, 1) > 0.5 ? lighten(second, 0.45) : darken(base, 0.45);
    const ink = luma(dial) > 0.5 ? '#22252b' : '#f6f6f2';
    const strap = (from: number, to: number): string =>
      `M${200 - half * 0.78},${to} Q200,${to + (to < 200 ? -10 : 10)} ${200 + half * 0.78},${to} L${200 + half},${from} L${200 - half},${from} Z`;
    const tick = (i: number): string =>
      rect(
        -2.4,
        -r + 22,
        i % 3 ? 4.2 : 6.5,
        i % 3 ? 10 : 16,
        ink,
        `rx="1.5" transform="translate(200 200) rotate(${i * 30})"`,
      );
    const hand = (turn: number, length: number, width: number, colour: string): string =>
      line(
        `M200,${200 + length * 0.14} L200,${200 - length}`,
        colour,
        width,
        `transform="rotate(${num(turn)} 200 200)"`,
      );
    return [
      brush.patterned(strap(150, 14), 'cylinder'),
      brush.patterned(strap(250, 388), 'cylinder'),
      line(
        `M${200 - half * 0.8 + 6},22 L${200 - half + 6},130 M${200 + half * 0.8 - 6},22 L${200 + half - 6},130 M${200 - half * 0.8 + 6},380 L${200 - half + 6},270 M${200 + half * 0.8 - 6},380 L${200 + half - 6},270`,
        lighten(second, 0.2),
        1.8,
        'stroke-dasharray="5 4" stroke-opacity="0.85"',
      ),
      repeat(3, (i) => ellipse(200, 372 - i * 22, 4.5, 6, darken(base, 0.7))),
      rect(200 + r - 4, 186, 20, 28, metal[1]!, 'rx="4"'),
      circle(200, 200, r, brush.sheen(...metal)),
      circle(200, 200, r - 8, brush.sheen(...[...metal].reverse())),
      circle(200, 200, r - 14, dial),
      repeat(12, tick),
      brush.emblem(200, 200 - r * 0.4, r * 0.19),
      circle(200, 200 + r * 0.42, r * 0.2, mix(dial, ink, 0.12), `stroke="${accent}" stroke-width="2.5"`),
      line(`M200,${200 + r * 0.42} l6,-12`, accent, 2.5),
      hand(brush.at(0, 290, 320), r * 0.46, 8, ink),
      hand(brush.at(1, 30, 80), r * 0.68, 5.5, ink),
      hand(brush.at(2, 100, 260), r * 0.7, 2.2, accent),
      circle(200, 200, 7, accent),
      brush.inside(
        `M${200 - r + 14},200 a${r - 14},${r - 14} 0 1 1 ${2 * (r - 14)},0 a${r - 14},${r - 14} 0 1 1 -${2 * (r - 14)},0 Z`,
        path(
          `M${200 - r},130 L${200 - r * 0.1},${200 - r} L${200 + r * 0.25},${200 - r} L${200 - r},${200 + r * 0.35} Z`,
          '#fff',
          'fill-opacity="0.2"',
        ),
      ),
    ].join('');
  },
};

export const sunglasses: Kind = {
  name: 'sunglasses',
  stance: 'lies',
  price: [19, 139],
  coarseness: 0.42,
  draw(brush) {
    const { base, accent } = brush.palette;
    const rim = brush.at(0, 16, 24);
    const tall = brush.at(1, 58, 80);
    const flick = brush.at(2, 0, 26);
    const lensTone = brush.at(3, 0, 1) > 0.5 ? mix(accent, '#1a1c24', 0.35) : mix('#20242c', base, 0.25);
    const lens = (cx: number, way: 1 | -1, grow: number): string => {
      const [w, h] = [72 + grow, tall + grow];
      const x = (value: number): string => num(cx + way * value);
      return `M${x(-w * 0.92)},${num(200 - h * 0.72)} C${x(-w * 0.4)},${num(200 - h)} ${x(w * 0.6)},${num(200 - h - flick * 0.3)} ${x(w * 1.04)},${num(200 - h * 0.8 - flick)} C${x(w * 1.16)},${num(200 - h * 0.1)} ${x(w * 0.86)},${num(200 + h)} ${x(w * 0.05)},${num(200 + h)} C${x(-w * 0.75)},${num(200 + h)} ${x(-w * 1.02)},${num(200 + h * 0.1)} ${x(-w * 0.92)},${num(200 - h * 0.72)} Z`;
    };
    const glass = (cx: number, way: 1 | -1): string =>
      path(lens(cx, way, 0), brush.sheen(darken(lensTone, 0.55), lensTone, lighten(lensTone, 0.45))) +
      brush.inside(
        lens(cx, way, 0),
        path(
          `M${cx - 62},290 L${cx + 6},110 L${cx + 34},110 L${cx - 34},290 Z`,
          '#fff',
          'fill-opacity="0.22"',
        ),
        path(
          `M${cx - 16},290 L${cx + 52},110 L${cx + 62},110 L${cx - 6},290 Z`,
          '#fff',
          'fill-opacity="0.16"',
        ),
      );
    const temple = (way: 1 | -1): string => {
      const x = (value: number): number => 200 + way * value;
      return (
        line(
          `M${x(178)},${num(166 - flick * 0.6)} C${x(188)},120 ${x(150)},78 ${x(96)},70`,
          darken(base, 0.5),
          15,
        ) +
        line(
          `M${x(178)},${num(164 - flick * 0.6)} C${x(186)},120 ${x(150)},77 ${x(96)},68`,
          darken(base, 0.15),
          9,
        )
      );
    };
    return [
      temple(-1) + temple(1),
      line('M168,186 Q200,160 232,186', darken(base, 0.45), rim * 0.95),
      line('M168,184 Q200,158 232,184', base, rim * 0.7),
      brush.patterned(lens(106, -1, rim), 'board') + brush.patterned(lens(294, 1, rim), 'board'),
      line(lens(106, -1, rim - 2) + lens(294, 1, rim - 2), '#ffffff', 2, 'stroke-opacity="0.35"'),
      line(lens(106, -1, 1) + lens(294, 1, 1), darken(base, 0.65), 4),
      glass(106, -1) + glass(294, 1),
      brush.emblem(338, 200 + tall * 0.1, 15),
    ].join('');
  },
};

export const umbrella: Kind = {
  name: 'umbrella',
  stance: 'lies',
  price: [14, 49],
  coarseness: 0.9,
  draw(brush) {
    const { base, accent } = brush.palette;
    const top = brush.at(0, 44, 74);
    const panels = 6;
    const edge = (i: number): [number, number] => {
      const x = 14 + (372 * i) / panels;
      return [x, 232 - Math.sin((Math.PI * i) / panels) * 24];
    };
    const scallops = repeat(panels, (i) => {
      const [[x1, y1], [x2, y2]] = [edge(panels - i), edge(panels - i - 1)];
      return `Q${num((x1 + x2) / 2)},${num((y1 + y2) / 2 - 34)} ${num(x2)},${num(y2)} `;
    });
    const canopy = `M14,232 C20,${top + 70} 110,${top} 200,${top} C290,${top} 380,${top + 70} 386,232 ${scallops}Z`;
    const rib = (i: number): string => {
      const [x, y] = edge(i + 1);
      return `M200,${top} Q${num(200 + (x - 200) * 0.82)},${num(top + 40)} ${num(x)},${num(y)}`;
    };
    const shadow = (i: number): string => {
      const [[x1, y1], [x2, y2]] = [edge(i), edge(i + 1)];
      return path(
        `M200,${top} Q${num(200 + (x1 - 200) * 0.82)},${num(top + 40)} ${num(x1)},${num(y1)} L${num(x2)},${num(y2)} Q${num(200 + (x2 - 200) * 0.82)},${num(top + 40)} 200,${top} Z`,
        i % 2 ? '#000' : '#fff',
        `fill-opacity="${i % 2 ? 0.16 : 0.1}"`,
      );
    };
    const grip = ['#7a4a26', '#2b2b30', '#c18b50'][Math.floor(brush.at(1, 0, 2.99))]!;
    const hook = 'M200,318 L200,346 C200,388 146,388 148,346';
    return [
      line(`M200,${top - 22} L200,330`, '#5b6069', 9) + line(`M198,${top - 20} L198,330`, '#d6dade', 2.5),
      line(hook, darken(grip, 0.4), 20) + line(hook, grip, 15),
      line(hook, '#ffffff', 3, 'stroke-opacity="0.4" transform="translate(-3 -1)"'),
      path(
        `M20,228 ${repeat(panels, (i) => {
          const [[x1, y1], [x2, y2]] = [edge(i), edge(i + 1)];
          return `Q${num((x1 + x2) / 2)},${num((y1 + y2) / 2 - 6)} ${num(x2)},${num(y2)} `;
        })} L380,210 Q200,160 20,210 Z`,
        darken(base, 0.7),
      ),
      brush.patterned(canopy, 'ball'),
      brush.inside(canopy, repeat(panels, shadow)),
      repeat(panels - 1, (i) => line(rib(i), darken(base, 0.5), 2.2, 'stroke-opacity="0.75"')),
      line(canopy, accent, 3.5, 'stroke-opacity="0.9"'),
      brush.emblem(200, 150 + (top - 44) / 2, brush.at(2, 34, 42)),
      circle(200, top - 2, 8, darken(accent, 0.2)),
    ].join('');
  },
};
