/** Things to wear and carry: T-shirt, sneaker, cap, backpack. */
import { darken, lighten, mix } from '../palettes.ts';
import { circle, ellipse, group, line, num, path, repeat } from '../svg.ts';
import type { Kind } from './kind.ts';

export const tShirt: Kind = {
  name: 't-shirt',
  stance: 'lies',
  price: [15, 39],
  coarseness: 0.85,
  draw(brush) {
    const { base, accent } = brush.palette;
    const cuff = brush.at(0, 0, 62);
    const waist = brush.at(1, 0, 14);
    const neck = brush.at(2, 0, 1) > 0.45 ? 'M150,62 Q200,128 250,62' : 'M150,62 L200,128 L250,62';
    const left = [24 - cuff * 0.12, 150 + cuff];
    const right = [376 + cuff * 0.12, 150 + cuff];
    const body = `M150,60 L108,78 C84,90 64,110 52,132 L${num(left[0]!)},${left[1]} Q50,${206 + cuff} 82,${188 + cuff * 0.9} L112,158 C118,200 ${112 + waist},240 108,350 Q200,372 292,350 C${288 - waist},240 282,200 288,158 L318,${188 + cuff * 0.9} Q350,${206 + cuff} ${num(right[0]!)},${right[1]} L348,132 C336,110 316,90 292,78 L250,60 Q200,84 150,60 Z`;
    return [
      path('M150,60 Q200,32 250,60 L244,92 Q200,112 156,92 Z', darken(base, 0.55)),
      brush.patterned(body, 'cloth'),
      brush.inside(
        body,
        brush.soft(
          9,
          line('M112,158 C140,190 150,240 140,330', '#000', 16, 'stroke-opacity="0.26"'),
          line('M288,158 C262,196 252,250 262,340', '#000', 18, 'stroke-opacity="0.3"'),
          line('M176,150 C170,210 182,280 176,350', '#fff', 14, 'stroke-opacity="0.24"'),
          line('M232,170 C240,230 226,280 232,350', '#fff', 10, 'stroke-opacity="0.18"'),
          line('M108,82 C96,120 100,150 112,170', '#000', 12, 'stroke-opacity="0.3"'),
          line('M292,82 C304,120 300,150 288,170', '#000', 12, 'stroke-opacity="0.3"'),
        ),
        line(
          'M110,80 Q120,122 112,160 M290,80 Q280,122 288,160',
          darken(base, 0.5),
          2,
          'stroke-opacity="0.7"',
        ),
        line('M108,341 Q200,363 292,341', '#000', 1.6, 'stroke-dasharray="4 3" stroke-opacity="0.45"'),
      ),
      line(neck, darken(accent, 0.25), 13),
      line(neck, accent, 10),
      brush.emblem(200, 196, brush.at(3, 30, 46)),
    ].join('');
  },
};

export const sneaker: Kind = {
  name: 'sneaker',
  stance: 'stands',
  price: [45, 129],
  coarseness: 0.55,
  draw(brush) {
    const { base, second, accent } = brush.palette;
    const sole = brush.at(0, 0, 16);
    const rubber = brush.at(1, 0, 1) > 0.4 ? '#f6f3ec' : lighten(accent, 0.15);
    const upper =
      'M52,268 C46,222 52,182 58,150 C62,130 82,122 100,128 C120,136 138,150 156,146 C172,140 184,118 196,98 L226,88 C236,104 240,124 254,142 C278,174 314,198 348,212 C376,224 388,244 384,268 Z';
    const laces = (i: number): string => {
      const [x, y] = [196 + i * 17, 118 + i * 14];
      return (
        line(`M${x - 8},${y + 22} Q${x + 10},${y - 4} ${x + 30},${y - 4}`, darken(rubber, 0.35), 8.5) +
        line(`M${x - 8},${y + 21} Q${x + 10},${y - 5} ${x + 30},${y - 5}`, lighten(second, 0.5), 6)
      );
    };
    const shoe = [
      path('M182,126 C178,96 190,74 216,70 C232,68 240,78 246,110 L262,150 L206,170 Z', darken(second, 0.18)),
      path('M96,128 C118,118 150,128 170,140 L196,104 L184,150 L120,160 Z', darken(base, 0.65)),
      brush.patterned(upper, 'down'),
      brush.inside(
        upper,
        brush.plain('M322,190 C360,204 390,226 390,272 L306,272 C294,242 300,210 322,190 Z', second, 'cloth'),
        brush.plain('M44,276 C40,222 48,176 56,142 L94,142 C90,190 92,236 110,276 Z', accent, 'cloth'),
        path(
          'M178,132 L232,116 C262,158 296,178 322,188 C302,202 268,202 240,190 C206,176 190,156 178,132 Z',
          mix(base, second, 0.35),
        ),
        line(
          'M178,134 C192,160 214,182 244,193 C270,203 300,202 320,190',
          darken(base, 0.5),
          2,
          'stroke-dasharray="4 3"',
        ),
        brush.soft(8, line('M60,160 C100,190 150,180 180,160', '#fff', 14, 'stroke-opacity="0.35"')),
        brush.soft(8, line('M50,262 L380,262', '#000', 16, 'stroke-opacity="0.4"')),
      ),
      line('M98,129 C120,137 138,150 156,146', accent, 9),
      repeat(4, laces),
      brush.emblem(166, 214, brush.at(2, 24, 31)),
      brush.plain(
        `M40,258 C120,268 280,262 384,256 C396,258 398,278 392,292 C386,${308 + sole} 360,${312 + sole} 330,${312 + sole} L84,${312 + sole} C54,${312 + sole} 34,${304 + sole} 36,282 Z`,
        rubber,
        'down',
      ),
      line(`M40,284 C120,292 280,288 393,280`, accent, 5, 'stroke-opacity="0.9"'),
      line(
        `M46,${303 + sole * 0.8} L380,${300 + sole * 0.8}`,
        '#00000055',
        4,
        'stroke-dasharray="9 7" style="stroke-linecap:butt"',
      ),
    ];
    return group('transform="translate(0 28) scale(1 0.9)"', ...shoe);
  },
};

export const cap: Kind = {
  name: 'cap',
  stance: 'stands',
  price: [12, 35],
  coarseness: 0.7,
  draw(brush) {
    const { base, second, accent } = brush.palette;
    const crown = brush.at(0, 0, 26);
    const top = 86 - crown;
    const dome = `M52,262 C40,${top + 70} 110,${top} 196,${top} C284,${top} 338,${top + 70} 330,252 C270,290 130,300 52,262 Z`;
    const brim =
      'M118,268 C190,236 276,228 332,240 C384,252 406,290 384,312 C372,322 350,300 306,294 C240,286 182,298 142,306 C112,308 98,282 118,268 Z';
    return [
      brush.patterned(dome, 'ball'),
      brush.inside(
        dome,
        line(`M196,${top} C150,${top + 40} 128,190 130,290`, darken(base, 0.55), 2, 'stroke-opacity="0.8"'),
        line(`M196,${top} C262,${top + 40} 300,180 306,270`, darken(base, 0.55), 2, 'stroke-opacity="0.8"'),
        brush.soft(9, line('M52,266 C130,300 270,292 330,254', '#000', 22, 'stroke-opacity="0.45"')),
        line('M50,252 C130,288 260,284 334,244', accent, 9, 'stroke-opacity="0.95"'),
      ),
      repeat(3, (i) =>
        circle(96 + i * 62 + (i === 2 ? 44 : 0), 150 - (i === 1 ? 26 : 0), 4, darken(base, 0.6)),
      ),
      ellipse(196, top + 1, 14, 7, accent),
      ellipse(193, top - 1, 7, 3, '#ffffff', 'fill-opacity="0.5"'),
      brush.emblem(218, 186 - crown * 0.3, brush.at(1, 36, 46)),
      brush.plain(
        'M118,272 C182,240 280,232 336,246 C384,258 404,296 384,314 C372,324 350,304 306,298 C240,290 182,302 142,310 C112,312 102,284 118,272 Z',
        darken(accent, 0.45),
        'flat',
      ),
      brush.plain(brim, brush.at(2, 0, 1) > 0.5 ? accent : mix(base, second, 0.12), 'cloth'),
      line(
        'M132,276 C200,246 276,240 330,250 C366,258 384,280 382,298',
        '#ffffff',
        2,
        'stroke-dasharray="5 4" stroke-opacity="0.5"',
      ),
      line(
        'M148,290 C206,266 280,258 330,268 C350,272 362,282 366,292',
        '#000000',
        2,
        'stroke-dasharray="5 4" stroke-opacity="0.3"',
      ),
    ].join('');
  },
};

export const backpack: Kind = {
  name: 'backpack',
  stance: 'stands',
  price: [39, 149],
  coarseness: 0.85,
  draw(brush) {
    const { base, second, accent } = brush.palette;
    const wide = brush.at(0, -14, 10);
    const pocketTop = brush.at(1, 214, 238);
    const trim = darken(accent, 0.1);
    const [l, r] = [86 - wide, 314 + wide];
    const body = `M${l},150 C${l},74 ${l + 46},46 200,46 C${r - 46},46 ${r},74 ${r},150 L${r + 6},336 C${r + 6},364 ${r - 20},374 ${r - 40},374 L${l + 40},374 C${l + 20},374 ${l - 6},364 ${l - 6},336 Z`;
    const pocket = `M${l + 26},${pocketTop + 18} Q${l + 26},${pocketTop} ${l + 46},${pocketTop} L${r - 46},${pocketTop} Q${r - 26},${pocketTop} ${r - 26},${pocketTop + 18} L${r - 22},332 Q${r - 22},354 ${r - 46},354 L${l + 46},354 Q${l + 22},354 ${l + 22},332 Z`;
    const side = (x: number, way: number): string =>
      brush.plain(
        `M${x},236 C${x - 34 * way},244 ${x - 36 * way},330 ${x - 22 * way},352 L${x + 20 * way},366 Z`,
        darken(base, 0.3),
        'cylinder',
      );
    const pull = (x: number, y: number): string =>
      line(`M${x},${y} l-4,20`, lighten(second, 0.2), 6) + circle(x, y, 4.5, '#8d9196');
    return [
      line('M164,54 C160,14 240,14 236,54', darken(trim, 0.4), 16),
      line('M164,52 C162,14 238,14 236,52', trim, 11),
      side(l - 2, 1),
      side(r + 2, -1),
      brush.patterned(body, 'cylinder'),
      brush.inside(
        body,
        brush.soft(
          10,
          path(
            `M${l + 20},${pocketTop - 8} L${r - 20},${pocketTop - 8} L${r - 10},380 L${l + 10},380 Z`,
            '#000',
            'fill-opacity="0.35"',
          ),
        ),
        brush.soft(
          8,
          line(`M${l + 14},170 C${l + 10},100 140,66 200,64`, '#fff', 10, 'stroke-opacity="0.4"'),
        ),
      ),
      line(`M${l + 20},188 C${l + 16},92 140,70 200,70 C260,70 ${r - 16},92 ${r - 20},188`, '#1c1d22', 7),
      line(
        `M${l + 20},188 C${l + 16},92 140,70 200,70 C260,70 ${r - 16},92 ${r - 20},188`,
        '#b9bcc2',
        2.4,
        'stroke-dasharray="2.5 2.5"',
      ),
      pull(r - 20, 186),
      brush.plain(pocket, mix(base, accent, brush.at(2, 0, 1) > 0.5 ? 0.85 : 0.12), 'cloth'),
      line(`M${l + 40},${pocketTop + 26} L${r - 40},${pocketTop + 26}`, '#1c1d22', 7),
      line(
        `M${l + 40},${pocketTop + 26} L${r - 40},${pocketTop + 26}`,
        '#b9bcc2',
        2.4,
        'stroke-dasharray="2.5 2.5"',
      ),
      pull(r - 44, pocketTop + 26),
      line(pocket, '#000000', 1.5, 'stroke-opacity="0.35"'),
      brush.emblem(200, 150, 34),
      brush.plain(`M186,300 h28 q6,0 6,6 v20 q0,6 -6,6 h-28 q-6,0 -6,-6 v-20 q0,-6 6,-6 Z`, trim, 'cloth'),
    ].join('');
  },
};
