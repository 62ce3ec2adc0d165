/** The logos of the imaginary brands, as paths in the box -1..1 (no text: fonts differ between machines). */
import { circle, line, num, path, repeat } from './svg.ts';

/** Name -> its markup in one colour, with `ground` for what is cut out of it. */
export const emblems: Readonly<Record<string, (ink: string, ground: string) => string>> = {
  star: (ink) =>
    path(
      polygon(10, (i) => (i % 2 ? 0.42 : 1)),
      ink,
    ),
  mountain: (ink, ground) =>
    path('M-1,0.65 L-0.3,-0.6 L0.05,-0.05 L0.35,-0.4 L1,0.65 Z', ink) +
    path('M-0.3,-0.6 L-0.52,-0.2 L-0.32,-0.28 L-0.2,-0.12 L-0.06,-0.22 Z', ground) +
    circle(0.55, -0.66, 0.2, ink),
  wave: (ink) =>
    repeat(3, (i) =>
      line(`M-0.95,${num(-0.5 + i * 0.5)} q0.24,-0.42 0.48,0 t0.48,0 t0.48,0 t0.48,0`, ink, 0.2),
    ),
  leaf: (ink, ground) =>
    path('M-0.75,0.8 C-1,-0.4 0,-1 0.9,-0.85 C1,0.2 0.3,0.95 -0.75,0.8 Z', ink) +
    line('M-0.9,0.95 C-0.4,0.3 0,0 0.5,-0.45', ground, 0.12),
  sun: (ink) =>
    circle(0, 0, 0.42, ink) +
    repeat(8, (i) => line('M0,-0.66 L0,-0.96', ink, 0.2, `transform="rotate(${i * 45})"`)),
  bolt: (ink) => path('M0.25,-1 L-0.62,0.15 L-0.08,0.15 L-0.25,1 L0.65,-0.25 L0.1,-0.25 Z', ink),
  heart: (ink) => path('M0,0.9 C-1.5,-0.1 -0.8,-1.1 0,-0.4 C0.8,-1.1 1.5,-0.1 0,0.9 Z', ink),
  anchor: (ink) =>
    circle(0, -0.72, 0.17, 'none', `stroke="${ink}" stroke-width="0.16"`) +
    line('M0,-0.5 L0,0.85 M-0.42,-0.24 L0.42,-0.24 M-0.8,0.25 C-0.75,1.05 0.75,1.05 0.8,0.25', ink, 0.18),
  bird: (ink) =>
    path(
      'M-1,-0.35 C-0.55,-0.75 -0.2,-0.4 0,0 C0.2,-0.4 0.6,-0.8 1,-0.5 C0.55,-0.35 0.3,0.1 0.1,0.55 L-0.15,0.55 C-0.25,0.1 -0.5,-0.25 -1,-0.35 Z',
      ink,
    ),
  moon: (ink, ground) =>
    path('M0.35,-0.9 A0.95,0.95 0 1 0 0.9,0.45 A0.75,0.75 0 0 1 0.35,-0.9 Z', ink) +
    path(
      polygon(10, (i) => (i % 2 ? 0.1 : 0.24), 0.45, -0.25),
      ink,
    ) +
    circle(2, 2, 0.01, ground),
  flame: (ink, ground) =>
    path(
      'M0.05,-1 C0.25,-0.5 0.8,-0.2 0.7,0.4 C0.62,0.85 0.3,1 0,1 C-0.4,1 -0.75,0.7 -0.7,0.25 C-0.66,-0.1 -0.4,-0.2 -0.35,-0.55 C-0.1,-0.4 -0.05,-0.7 0.05,-1 Z',
      ink,
    ) + path('M0,0.9 C-0.4,0.75 -0.35,0.3 0,0 C0.3,0.35 0.4,0.7 0,0.9 Z', ground),
  compass: (ink, ground) =>
    path(
      polygon(8, (i) => (i % 2 ? 0.3 : 1)),
      ink,
    ) + circle(0, 0, 0.16, ground),
  crown: (ink) =>
    path('M-0.9,0.6 L-0.9,-0.45 L-0.4,0.05 L0,-0.75 L0.4,0.05 L0.9,-0.45 L0.9,0.6 Z', ink) +
    line('M-0.85,0.85 L0.85,0.85', ink, 0.16),
  paw: (ink) =>
    path(
      'M0,0 C0.45,0 0.75,0.5 0.6,0.75 C0.45,0.95 0.2,0.75 0,0.75 C-0.2,0.75 -0.45,0.95 -0.6,0.75 C-0.75,0.5 -0.45,0 0,0 Z',
      ink,
    ) +
    circle(-0.68, -0.12, 0.22, ink) +
    circle(-0.26, -0.52, 0.25, ink) +
    circle(0.26, -0.52, 0.25, ink) +
    circle(0.68, -0.12, 0.22, ink),
};

/** What an emblem sits on: nothing, or a patch that sets it off a busy pattern. */
export const badges = ['bare', 'disc', 'shield', 'hexagon', 'square'] as const;
export type Badge = (typeof badges)[number];

/** The emblem on its badge; the badge reaches from -1 to 1. */
export function badgedEmblem(name: string, badge: Badge, ink: string, ground: string): string {
  const emblem = emblems[name]!(ink, ground);
  if (badge === 'bare') return emblem;
  const patch = badgePaths[badge];
  return `${path(patch, ground)}${path(patch, 'none', `stroke="${ink}" stroke-width="0.07" transform="scale(0.88)"`)}<g transform="scale(0.58)">${emblem}</g>`;
}

const badgePaths: Record<Exclude<Badge, 'bare'>, string> = {
  disc: 'M-1,0 A1,1 0 1 1 1,0 A1,1 0 1 1 -1,0 Z',
  shield: 'M-0.9,-0.95 L0.9,-0.95 L0.9,0.1 C0.9,0.6 0.4,0.95 0,1.1 C-0.4,0.95 -0.9,0.6 -0.9,0.1 Z',
  hexagon: polygon(6, () => 1.08),
  square:
    'M-0.7,-0.95 L0.7,-0.95 Q0.95,-0.95 0.95,-0.7 L0.95,0.7 Q0.95,0.95 0.7,0.95 L-0.7,0.95 Q-0.95,0.95 -0.95,0.7 L-0.95,-0.7 Q-0.95,-0.95 -0.7,-0.95 Z',
};

/** A closed path through `count` points around x, y, the first at the top. */
function polygon(count: number, radius: (i: number) => number, x = 0, y = 0): string {
  const points = Array.from({ length: count }, (_, i) => {
    const angle = (i / count) * 2 * Math.PI - Math.PI / 2;
    return `${num(x + Math.cos(angle) * radius(i))},${num(y + Math.sin(angle) * radius(i))}`;
  });
  return `M${points.join(' L')} Z`;
}
