/** Pictures drawn by sharp, and through the network as users' pictures go: PNG, opened, fitted with bars, examined. */
import sharp from 'sharp';
import type { Subject } from '../../src/explain/subject.ts';
import { examine } from '../../src/explain/subject.ts';
import { openPicture } from '../../src/image/open.ts';
import { prepare } from '../../src/image/prepare.ts';
import type { Model } from '../../src/model/model.ts';

/** A mug, wide; the same in blue, high; a striped lamp. */
const drawings = [
  svg(320, 200, '#f4f1ea', mug('#c0392b', 90, 50)),
  svg(200, 300, '#d9dde2', mug('#2c5fa8', 30, 110)),
  svg(
    240,
    240,
    '#e8efe4',
    `<path d="M70 130 L100 40 L160 40 L190 130 Z" fill="#e0a030"/>
     <path d="M70 130 L100 40" stroke="#7a5510" stroke-width="6"/>
     <path d="M90 130 L112 40 M130 130 V40 M170 130 L148 40" stroke="#7a5510" stroke-width="5"/>
     <rect x="122" y="130" width="16" height="70" fill="#555"/><ellipse cx="130" cy="205" rx="50" ry="12" fill="#444"/>`,
  ),
];

/** The drawings, in order, as subjects of a model. */
export async function drawnSubjects(model: Model): Promise<Subject[]> {
  return subjectsOf(
    model,
    await Promise.all(drawings.map((drawing) => sharp(Buffer.from(drawing)).png().toBuffer())),
  );
}

/** Files, or the bytes of pictures. */
export async function subjectsOf(
  model: Model,
  sources: readonly (string | Uint8Array)[],
): Promise<Subject[]> {
  const pictures = await Promise.all(
    sources.map(async (source) => prepare(await openPicture(source), model.input)),
  );
  return examine(
    model,
    pictures.map(({ tensor }) => tensor),
    pictures.map(({ placement }) => placement.target),
  );
}

function mug(colour: string, x: number, y: number): string {
  return `<g transform="translate(${x} ${y})">
    <path d="M95 30 h22 a18 22 0 0 1 0 50 h-22" fill="none" stroke="${colour}" stroke-width="13"/>
    <path d="M0 0 H100 L94 105 a8 8 0 0 1 -8 7 H14 a8 8 0 0 1 -8 -7 Z" fill="${colour}"/>
    <ellipse cx="50" cy="2" rx="50" ry="11" fill="#fff8"/><circle cx="45" cy="60" r="16" fill="#fff"/>
    <path d="M36 66 l9 -16 l9 16 z" fill="${colour}"/></g>`;
}

function svg(width: number, height: number, background: string, inside: string): string {
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}">
    <defs><linearGradient id="g" x2="0" y2="1"><stop stop-color="${background}"/><stop offset="1" stop-color="#8a8f96"/></linearGradient></defs>
    <rect width="100%" height="100%" fill="url(#g)"/>${inside}</svg>`;
}
