/** Things on a table: mug, teapot, bottle, book. */
import { darken, lighten, mix } from '../palettes.ts';
import { ellipse, line, num, path, repeat } from '../svg.ts';
import type { Kind } from './kind.ts';

export const mug: Kind = {
  name: 'mug',
  stance: 'stands',
  round: true,
  price: [8, 22],
  coarseness: 0.8,
  draw(brush) {
    const { base, second, accent } = brush.palette;
    const [top, low] = [brush.at(0, 74, 104), brush.at(0, 356, 344)];
    const half = brush.at(1, 100, 116);
    const foot = brush.at(2, 0.72, 0.98) * half;
    const [cx, ry] = [158, 25];
    const body = `M${cx - half},${top} C${cx - half},${low - 90} ${num(cx - foot)},${low - 60} ${num(cx - foot)},${low - 12} Q${cx},${low + 22} ${num(cx + foot)},${low - 12} C${num(cx + foot)},${low - 60} ${cx + half},${low - 90} ${cx + half},${top} A${half},${ry} 0 0 1 ${cx - half},${top} Z`;
    const mid = (top + low) / 2;
    const handle = `M${cx + half - 4},${mid - 66} C${cx + half + 112},${mid - 92} ${cx + half + 112},${mid + 88} ${num((cx + half + cx + foot) / 2 - 2)},${mid + 62}`;
    const handleColour = brush.at(3, 0, 1) > 0.5 ? accent : base;
    return [
      line(handle, darken(handleColour, 0.45), 31),
      line(handle, handleColour, 25),
      brush.soft(2, line(handle, '#ffffff', 5, 'stroke-opacity="0.55" transform="translate(-2 -3)"')),
      brush.patterned(body, 'cylinder'),
      brush.inside(
        body,
        brush.soft(
          10,
          line(
            `M${cx - half},${low} Q${cx},${low + 30} ${cx + half},${low}`,
            '#000',
            26,
            'stroke-opacity="0.4"',
          ),
        ),
        brush.soft(
          4,
          line(
            `M${cx - half * 0.56},${top + 46} L${cx - half * 0.54},${low - 60}`,
            '#fff',
            11,
            'stroke-opacity="0.5"',
          ),
        ),
      ),
      brush.emblem(cx, mid + 14, brush.at(3, 38, 46), half * 0.9),
      ellipse(cx, top, half, ry, lighten(mix(base, second, 0.6), 0.35)),
      ellipse(cx, top + 2, half - 8, ry - 6, darken(second, 0.45)),
      ellipse(cx, top + 8, half - 17, ry - 12, '#3b2113'),
      ellipse(cx - 22, top + 7, half * 0.42, 4.5, '#9a6a43', 'fill-opacity="0.7"'),
    ].join('');
  },
};

export const teapot: Kind = {
  name: 'teapot',
  stance: 'stands',
  round: true,
  price: [24, 69],
  coarseness: 0.72,
  draw(brush) {
    const { base, second, accent } = brush.palette;
    const rise = brush.at(0, 0, 34);
    const trim = brush.at(1, 0, 1) > 0.5 ? accent : darken(base, 0.2);
    const top = 150 - rise;
    const body = `M88,${230 - rise / 2} C88,${top + 22} 136,${top} 196,${top} C256,${top} 304,${top + 22} 304,${230 - rise / 2} C304,300 262,346 232,350 L160,350 C130,346 88,300 88,${230 - rise / 2} Z`;
    const spout = 'M280,290 C340,286 330,190 366,150 C374,144 392,152 388,160 C366,196 372,320 268,330 Z';
    const handle = `M104,${top + 54} C20,${top - 20} -8,300 112,306`;
    return [
      line(handle, darken(trim, 0.4), 27),
      line(handle, trim, 21),
      brush.soft(2, line(handle, '#ffffff', 4, 'stroke-opacity="0.55" transform="translate(-1 -3)"')),
      brush.plain(spout, base, 'cylinder'),
      ellipse(377, 154, 13, 5, darken(base, 0.6), 'transform="rotate(12 377 154)"'),
      brush.plain('M146,338 L246,338 L254,358 Q196,372 138,358 Z', darken(base, 0.15), 'cylinder'),
      brush.patterned(body, 'ball'),
      brush.inside(
        body,
        brush.soft(
          7,
          ellipse(142, top + 62, 16, 38, '#fff', 'fill-opacity="0.55" transform="rotate(24 142 190)"'),
        ),
        brush.soft(10, line('M96,300 C130,372 262,372 300,296', '#000', 20, 'stroke-opacity="0.35"')),
      ),
      brush.emblem(196, 246 - rise / 3, brush.at(2, 38, 48), 96),
      brush.plain(
        `M132,${top + 10} C136,${top - 44} 256,${top - 44} 260,${top + 10} Q196,${top + 30} 132,${top + 10} Z`,
        mix(base, second, 0.3),
        'ball',
      ),
      line(`M130,${top + 10} Q196,${top + 32} 262,${top + 10}`, trim, 7),
      brush.plain(`M176,${top - 46} a20,18 0 1 1 40,0 a20,16 0 1 1 -40,0 Z`, trim, 'ball'),
    ].join('');
  },
};

export const bottle: Kind = {
  name: 'bottle',
  stance: 'stands',
  round: true,
  price: [14, 42],
  coarseness: 0.7,
  draw(brush) {
    const { base, second, accent } = brush.palette;
    const half = brush.at(0, 58, 82);
    const neck = brush.at(1, 26, 44);
    const shoulder = brush.at(2, 110, 150);
    const [l, r] = [num(200 - half), num(200 + half)];
    const body = `M${200 - neck},84 L${200 + neck},84 C${200 + neck},${shoulder - 8} ${r},${shoulder - 14} ${r},${shoulder + 34} L${r},366 Q${r},390 200,391 Q${l},390 ${l},366 L${l},${shoulder + 34} C${l},${shoulder - 14} ${200 - neck},${shoulder - 8} ${200 - neck},84 Z`;
    const capTone = brush.at(3, 0, 1) > 0.5 ? accent : '#33363c';
    const grip = (i: number): string =>
      line(
        `M${num(200 - neck + 4 + (i * (2 * neck - 8)) / 8)},40 v34`,
        '#000000',
        1.6,
        'stroke-opacity="0.28"',
      );
    return [
      line(
        `M${200 + neck - 4},30 C${200 + neck + 34},20 ${200 + neck + 36},70 ${200 + neck - 2},66`,
        darken(capTone, 0.2),
        9,
      ),
      brush.plain(
        `M${190 - neck},36 Q${190 - neck},12 200,12 Q${210 + neck},12 ${210 + neck},36 L${210 + neck},74 Q200,84 ${190 - neck},74 Z`,
        capTone,
        'cylinder',
      ),
      repeat(9, grip),
      brush.patterned(body, 'cylinder'),
      brush.inside(
        body,
        line(`M${200 - neck - 8},88 Q200,98 ${200 + neck + 8},88`, '#cfd3d8', 10),
        path(
          `M100,358 Q200,372 300,358 L300,400 L100,400 Z`,
          brush.sheen('#f0f2f4', '#9aa0a8', '#e4e7ea', '#7f858d'),
        ),
        line('M100,358 Q200,372 300,358', darken(base, 0.5), 2.5),
        brush.soft(
          4,
          line(
            `M${num(200 - half * 0.52)},${shoulder + 44} L${num(200 - half * 0.52)},340`,
            '#fff',
            9,
            'stroke-opacity="0.55"',
          ),
        ),
        brush.soft(
          5,
          line(
            `M${num(200 + half * 0.84)},${shoulder + 40} L${num(200 + half * 0.84)},350`,
            lighten(second, 0.4),
            5,
            'stroke-opacity="0.35"',
          ),
        ),
      ),
      brush.emblem(200, 250, Math.min(44, half * 0.62), half * 0.9),
    ].join('');
  },
};

export const book: Kind = {
  name: 'book',
  stance: 'lies',
  price: [9, 34],
  coarseness: 0.9,
  draw(brush) {
    const { base, second, accent } = brush.palette;
    const wide = brush.at(0, 0, 26);
    const thick = brush.at(1, 16, 34);
    const [l, r, t, b] = [92 - wide, 322 + wide, 30, 358];
    const cover = `M${l},${t} L${r - 6},${t} Q${r},${t} ${r},${t + 6} L${r},${b - 6} Q${r},${b} ${r - 6},${b} L${l},${b} Z`;
    const plate = brush.at(2, 150, 176);
    const page = (i: number): string =>
      line(
        `M${l + 14},${num(b + (i + 0.5) * (thick / 6))} L${r - 2 + i},${num(b + (i + 0.5) * (thick / 6))}`,
        '#b9ad95',
        1,
      );
    const words = (y: number, width: number, height: number): string =>
      `<rect x="${num(206 - width / 2)}" y="${y}" width="${width}" height="${height}" rx="${height / 2}" fill="${lighten(second, 0.35)}"/>`;
    return [
      path(
        `M${l},${t + 8} L${l - 10},${t + 18} L${l - 8},${b + thick} Q${l - 6},${b + thick + 6} ${l + 8},${b + thick + 6} L${r + 4},${b + thick + 6} L${r + 8},${t + 20} Z`,
        darken(base, 0.5),
      ),
      path(
        `M${l + 8},${b - 4} L${r - 4},${b - 4} L${r + 4},${b + thick} L${l + 12},${b + thick} Z`,
        '#f4ecd9',
      ),
      repeat(6, page),
      brush.patterned(cover, 'board'),
      path(`M${l},${t} h24 v${b - t} h-24 Z`, darken(base, 0.25), 'fill-opacity="0.75"'),
      line(`M${l + 27},${t + 2} V${b - 2}`, '#000000', 3, 'stroke-opacity="0.35"'),
      line(`M${l + 3},${t + 3} V${b - 3}`, '#ffffff', 3, 'stroke-opacity="0.3"'),
      `<rect x="132" y="${plate + 68}" width="148" height="92" rx="6" fill="${darken(accent, 0.12)}" stroke="${lighten(second, 0.3)}" stroke-width="2.5"/>`,
      words(plate + 88, 112, 13),
      words(plate + 112, 84, 9),
      words(plate + 136, 46, 6),
      brush.emblem(206, 128, brush.at(3, 48, 62)),
    ].join('');
  },
};
