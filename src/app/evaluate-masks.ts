/** Masks of the objects in pictures, from a folder of PNG files. */
import { existsSync, statSync } from 'node:fs';
import path from 'node:path';
import { AppError } from '../core/errors.ts';
import type { HeatMap } from '../core/heat-map.ts';
import type { InputSpec } from '../core/input-spec.ts';
import { openPicture } from '../image/open.ts';
import { denormalize, prepare } from '../image/prepare.ts';

/**
 * The mask of a picture, as the model would see it: a map of the tensor's size, 1 on the object. A mask has the picture's name and
 * the end .png, and the same place below the folder where there are folders: for …/shoes/12.jpg it is shoes/12.png, or 12.png.
 * Undefined where there is none.
 *
 * Throws USAGE when the mask does not have the shape of the picture, and the IMAGE_ codes.
 */
export async function readMask(
  folder: string,
  picture: { readonly source: string; readonly width: number; readonly height: number },
  spec: InputSpec,
): Promise<HeatMap | undefined> {
  const file = maskFile(folder, picture.source);
  if (file === undefined) return undefined;
  const mask = await openPicture(file);
  // A mask of another size is good enough when it has the same shape: both are brought to the model's size.
  const lengthened = Math.abs(mask.width * picture.height - mask.height * picture.width);
  if (lengthened > Math.max(mask.width * picture.height, mask.height * picture.width) / 50) {
    throw new AppError(
      'USAGE',
      `expected a mask of the shape of its picture, ${picture.width}×${picture.height}, received ${mask.width}×${mask.height}: ${file}`,
      { details: { mask: file, picture: picture.source } },
    );
  }
  const pixels = denormalize((await prepare(mask, spec)).tensor, spec);
  const { width, height } = pixels;
  const data = Float32Array.from({ length: width * height }, (_, i) => (pixels.data[3 * i]! > 127 ? 1 : 0));
  return { width, height, data };
}

/** Throws USAGE when there is no such folder. */
export function checkMaskFolder(folder: string): void {
  if (statSync(folder, { throwIfNoEntry: false })?.isDirectory()) return;
  throw new AppError('USAGE', `expected a folder of masks, received ${folder}`, { details: { folder } });
}

/** The file of a picture's mask, or undefined where there is none. */
export function maskFile(folder: string, source: string): string | undefined {
  return candidates(folder, source).find((name) => existsSync(name));
}

/** The longest common end of both paths first. */
function candidates(folder: string, source: string): string[] {
  const { dir, name } = path.parse(source);
  const parents = dir.split(/[/\\]+/).filter((part) => part !== '');
  return [...parents.keys(), parents.length].map((i) =>
    path.join(folder, ...parents.slice(i), `${name}.png`),
  );
}
