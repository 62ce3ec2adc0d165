/** Furniture: armchair and table lamp. */
import { darken, lighten, mix } from '../palettes.ts';
import { ellipse, line, num, path } from '../svg.ts';
import type { Kind } from './kind.ts';

export const armchair: Kind = {
  name: 'armchair',
  stance: 'stands',
  price: [149, 490],
  coarseness: 0.8,
  draw(brush) {
    const { base, second, accent } = brush.palette;
    const crown = brush.at(0, 24, 60);
    const curve = brush.at(1, 0, 46);
    const wood = ['#8a5a34', '#5b3a22', '#c49a6c'][Math.floor(brush.at(2, 0, 2.99))]!;
    const back = `M84,${crown + 46} C90,${crown} ${140 - curve},${crown} 200,${crown - curve * 0.2} C${260 + curve},${crown} 310,${crown} 316,${crown + 46} L328,256 L72,256 Z`;
    const arm = (way: 1 | -1): string => {
      const x = (value: number): number => (way === 1 ? value : 400 - value);
      return `M${x(34)},186 C${x(30)},146 ${x(100)},142 ${x(102)},184 L${x(106)},318 L${x(46)},318 Z`;
    };
    const leg = (x: number, lean: number): string =>
      brush.plain(`M${x},310 L${x + 24},310 L${x + 18 + lean},388 L${x + 8 + lean},388 Z`, wood, 'cylinder');
    const seat =
      'M92,232 C110,214 290,214 308,232 C320,240 318,276 304,280 C270,288 130,288 96,280 C82,276 80,240 92,232 Z';
    const pillow = 'M152,168 Q200,158 248,168 Q260,206 250,240 Q200,248 150,240 Q140,206 152,168 Z';
    return [
      leg(116, -2) + leg(260, 2),
      leg(62, -12) + leg(314, 12),
      brush.patterned(back, 'cloth'),
      brush.inside(
        back,
        brush.soft(12, line('M96,250 L304,250', '#000', 40, 'stroke-opacity="0.5"')),
        brush.soft(
          9,
          line(
            `M110,${crown + 56} C130,${crown + 14} 270,${crown + 14} 290,${crown + 56}`,
            '#fff',
            12,
            'stroke-opacity="0.35"',
          ),
        ),
      ),
      line(
        `M98,${crown + 70} C104,${crown + 22} ${150 - curve},${crown + 18} 200,${crown + 16} C${250 + curve},${crown + 18} 296,${crown + 22} 302,${crown + 70}`,
        accent,
        3.5,
        'stroke-opacity="0.85"',
      ),
      brush.plain('M78,262 L322,262 L316,322 L84,322 Z', darken(base, 0.28), 'down'),
      brush.patterned(seat, 'down'),
      line('M92,262 C140,276 260,276 308,262', darken(base, 0.55), 2.5, 'stroke-opacity="0.7"'),
      brush.soft(6, path('M150,236 Q200,250 252,236 L262,252 L140,252 Z', '#000', 'fill-opacity="0.4"')),
      brush.plain(pillow, mix(second, accent, 0.08), 'ball'),
      brush.emblem(200, 204, 28),
      brush.patterned(arm(1), 'cylinder') + brush.patterned(arm(-1), 'cylinder'),
      ellipse(68, 178, 33, 25, mix(base, second, 0.12)) + ellipse(332, 178, 33, 25, mix(base, second, 0.12)),
      ellipse(66, 176, 24, 17, lighten(base, 0.18)) + ellipse(330, 176, 24, 17, lighten(base, 0.18)),
    ].join('');
  },
};

export const lamp: Kind = {
  name: 'lamp',
  stance: 'stands',
  round: true,
  price: [29, 119],
  coarseness: 0.8,
  draw(brush) {
    const { base, accent } = brush.palette;
    const top = brush.at(0, 58, 104);
    const wide = brush.at(1, 118, 150);
    const low = brush.at(2, 178, 206);
    const shade = `M${num(200 - top)},34 Q200,22 ${num(200 + top)},34 L${num(200 + wide)},${num(low)} Q200,${num(low + 30)} ${num(200 - wide)},${num(low)} Z`;
    const ceramic = brush.at(3, 0, 1) > 0.4;
    const foot = ceramic
      ? brush.plain(
          'M184,214 C186,240 128,258 128,312 C128,346 152,368 172,372 L228,372 C248,368 272,346 272,312 C272,258 214,240 216,214 Z',
          accent,
          'ball',
        )
      : line('M200,200 L200,362', '#8c7a55', 13) + line('M197,200 L197,362', '#f3e4bd', 3);
    return [
      foot,
      ceramic
        ? brush.soft(
            6,
            ellipse(166, 296, 10, 26, '#fff', 'fill-opacity="0.6" transform="rotate(14 166 296)"'),
          )
        : '',
      brush.plain(
        'M122,372 Q122,360 200,360 Q278,360 278,372 L282,384 Q200,400 118,384 Z',
        ceramic ? '#6b4c31' : '#b79b62',
        'cylinder',
      ),
      brush.plain(`M188,${num(low)} h24 v24 h-24 Z`, '#b9975a', 'cylinder'),
      ellipse(200, low + 4, wide - 6, 17, '#fff6d8'),
      brush.patterned(shade, 'cylinder'),
      brush.inside(
        shade,
        brush.soft(22, ellipse(206, low - 40, wide * 0.62, 74, '#fff3c4', 'fill-opacity="0.62"')),
        line(`M${num(200 - top)},37 Q200,25 ${num(200 + top)},37`, mix(accent, base, 0.2), 8),
        line(
          `M${num(200 - wide)},${num(low - 4)} Q200,${num(low + 26)} ${num(200 + wide)},${num(low - 4)}`,
          mix(accent, base, 0.2),
          9,
        ),
      ),
      brush.emblem(200, low - 74, 36, wide * 0.8),
    ].join('');
  },
};
