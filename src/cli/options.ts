/** Options that several commands share, and how their values are read. */
import { InvalidArgumentError, Option } from 'commander';
import type { Rect, Size } from '../core/geometry.ts';
import { defaultMethod, methods } from '../explain/methods/index.ts';
import { mostReranked } from '../explain/places.ts';
import { parseTarget } from '../explain/targets.ts';

export const catalogOption = () => new Option('--catalog <dir>', 'the folder of the catalogue');

export const modelOption = (standard: string) =>
  new Option(
    '--model <name>',
    `a model of \`whymatch model list\`, or the path of an .onnx file or its manifest (default: ${standard})`,
  );

export const threadsOption = () =>
  new Option('--threads <n>', 'processor threads to use (default: all)').argParser(wholeNumber);

export const methodOption = (standard: string = defaultMethod) =>
  new Option(
    '--method <names>',
    `how to explain: ${methods.map(({ name }) => name).join(', ')}; several with commas (default: ${standard})`,
  ).argParser(nameList);

export const targetOption = () =>
  new Option(
    '--target <name>',
    'what to explain: similarity; cosine, its exact derivative; contrast, why this hit rather than the others; neuron:N or class:N, ' +
      'a channel or a class of the model, on each picture alone',
  )
    .argParser(parseTarget)
    .default('similarity');

/** On unless it is switched off. */
export const checkOption = () =>
  new Option('--no-check', 'do not measure how faithful the maps are; that takes as long as the maps');

/** On unless it is switched off. */
export const unframeOption = () =>
  new Option(
    '--no-unframe',
    'search with a frame of one colour around the picture, too, as a screenshot has',
  );

export const subjectOption = () =>
  new Option(
    '--subject',
    'search with the object in the picture, too: for objects that are small or among other things',
  );

export const rerankOption = () =>
  new Option(
    '--rerank <n>',
    'look at the first n hits more closely, place by place and from nearer, and put those first that have most of what the picture has: ' +
      'for photos that are half covered, taken from nearer, or of something among other things. Reads the n pictures',
  ).argParser(rerankCount);

export const agreeOnOption = () =>
  new Option(
    '--agree-on <field>',
    'of the first 50 hits (or those of --rerank) put those first that have what the picture most probably is by this metadata field (or product_id): by a vote of the nearest, and by what was learned (catalog learn-names)',
  );

function rerankCount(text: string): number {
  const count = wholeNumber(text);
  if (count <= mostReranked) return count;
  throw new InvalidArgumentError(`Expected at most ${mostReranked}.`);
}

export const cropOption = (flags: string, whose: string) =>
  new Option(
    `${flags} <x,y,w,h>`,
    `only this part of ${whose}, in pixels from the top left corner of the upright picture`,
  ).argParser(rectangle);

/** 1 or more. */
export function wholeNumber(text: string): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && Number.isSafeInteger(value) && value > 0) return value;
  throw new InvalidArgumentError('Expected a whole number of 1 or more.');
}

/** "10,20,300,200" */
export function rectangle(text: string): Rect {
  const [x, y, width, height, ...rest] = numbers(text);
  if (
    x !== undefined &&
    y !== undefined &&
    width !== undefined &&
    height !== undefined &&
    rest.length === 0
  ) {
    return { x, y, width, height };
  }
  throw new InvalidArgumentError('Expected four numbers x,y,width,height, such as 10,20,300,200.');
}

/** "0.485,0.456,0.406", or one number for all three. */
export function triple(text: string): readonly [number, number, number] {
  const [a, b = a, c = a, ...rest] = numbers(text);
  const count = text.split(',').length;
  if (a !== undefined && b !== undefined && c !== undefined && rest.length === 0 && count !== 2)
    return [a, b, c];
  throw new InvalidArgumentError(
    'Expected three numbers with commas, such as 0.485,0.456,0.406, or one for all three.',
  );
}

export function number(text: string): number {
  const [value, ...rest] = numbers(text);
  if (value !== undefined && rest.length === 0) return value;
  throw new InvalidArgumentError('Expected a number.');
}

/** "224x224", or one number for a square. */
export function pictureSize(text: string): Size {
  const [, width, height = width] = /^(\d+)(?:[x×](\d+))?$/i.exec(text) ?? [];
  if (width === undefined)
    throw new InvalidArgumentError('Expected width x height in pixels, such as 224x224.');
  return { width: wholeNumber(width), height: wholeNumber(height!) };
}

/** Whole text or nothing: an empty list where anything is no number. */
export function numbers(text: string): number[] {
  const parts = text.split(',').map((part) => part.trim());
  const isNumber = (part: string) => /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i.test(part);
  return parts.every(isNumber) ? parts.map(Number) : [];
}

/** Names with commas, and of every repetition of the option. */
export function nameList(text: string, before: readonly string[] = []): readonly string[] {
  const names = text.split(',').map((name) => name.trim());
  if (names.includes('')) throw new InvalidArgumentError('Expected names with commas between them.');
  const known = methods.map(({ name }) => name);
  const unknown = names.find((name) => !known.includes(name));
  if (unknown !== undefined)
    throw new InvalidArgumentError(`Expected methods of ${known.join(', ')}; "${unknown}" is none.`);
  return [...new Set([...before, ...names])];
}

export const reportOption = () =>
  new Option('--report <file.html>', 'write a page that shows everything, complete in itself').argParser(
    htmlFile,
  );

/** The methods that a report switches between, whatever else is asked for; the match map it has anyway. */
export const reportMethods: readonly string[] = ['guided-match', 'guided'];

/** A name that no picture has: the report never replaces one by a slip of the keyboard. */
function htmlFile(text: string): string {
  if (/\.html?$/i.test(text)) return text;
  throw new InvalidArgumentError('Expected a file name that ends in .html.');
}
