// A folder of pictures, with all folders below it.

import { isUtf8 } from 'node:buffer';
import type { Dirent } from 'node:fs';
import { readdir, realpath, stat } from 'node:fs/promises';
import path from 'node:path';
import { AppError, type ErrorCode, messageOf } from '../../core/errors.ts';
import { pictureName, Selection } from './selection.ts';
import type { FileItem, ItemSource, SourceEntry, SourceFailure } from './source.ts';

/** Something found in the walk and not looked into yet. `id` is its path below the root, with forward slashes. */
interface Found {
  readonly id: string;
  readonly kind: 'folder' | 'file' | 'link' | 'undecodable';
}

/**
 * The pictures of a folder, depth first, sorted by name. id: the path below `root` with forward slashes; metadata: `folder`, the
 * path of the picture's folder below `root` (absent in `root` itself). Hidden files and folders are left out, and what the selection
 * does not take. A sub-folder that
 * cannot be read, or a name that is not UTF-8, is a failure, and the walk goes on.
 * @throws AppError SOURCE_UNREADABLE when `root` itself cannot be read
 */
export async function openFolder(root: string, selection = new Selection()): Promise<ItemSource> {
  try {
    await readdir(root);
  } catch (error) {
    throw new AppError('SOURCE_UNREADABLE', `${root} cannot be read: ${messageOf(error)}`, { cause: error });
  }
  return {
    kind: 'folder',
    location: root,
    entries: () => walk(root, selection),
    count: (signal) => count(root, selection, signal),
  };
}

async function count(root: string, selection: Selection, signal?: AbortSignal): Promise<number | undefined> {
  let entries = 0;
  for await (const _ of walk(root, selection)) {
    if (signal?.aborted) return undefined;
    entries++;
  }
  return entries;
}

/** The stack holds what is left of one folder for each level. */
async function* walk(root: string, selection: Selection): AsyncGenerator<SourceEntry> {
  const links = new LinkGuard(await realpath(root));
  const stack: Found[] = [{ id: '', kind: 'folder' }];
  for (let found = stack.pop(); found; found = stack.pop()) {
    let opened: Opened;
    try {
      opened = await open(root, found, links);
    } catch (error) {
      yield failureOf(root, found.id, 'SOURCE_UNREADABLE', `cannot be read: ${messageOf(error)}`);
      continue;
    }
    if (opened.entry) yield opened.entry;
    for (const child of opened.children.toReversed()) if (isWanted(child, selection)) stack.push(child);
  }
}

/** A link is a picture if it is called one, whatever it leads to. */
function isWanted({ id, kind }: Found, selection: Selection): boolean {
  const isPicture = kind === 'file' || (kind === 'link' && pictureName.test(id));
  return isPicture ? selection.takes(id) : selection.enters(id);
}

interface Opened {
  readonly entry?: SourceEntry;
  readonly children: readonly Found[];
}

async function open(root: string, { id, kind }: Found, links: LinkGuard): Promise<Opened> {
  switch (kind) {
    case 'file':
      return { entry: itemOf(root, id), children: [] };
    case 'folder':
      return { children: await list(root, id) };
    case 'link': {
      const target = await links.follow(path.join(root, id));
      return target ? open(root, { id, kind: target }, links) : { children: [] };
    }
    default: {
      const problem = 'expected a name in UTF-8, which the catalogue can keep; rename it';
      return { entry: failureOf(root, id, 'ITEM_INVALID', problem), children: [] };
    }
  }
}

function itemOf(root: string, id: string): FileItem {
  const folder = path.posix.dirname(id);
  return {
    type: 'item',
    id,
    productId: null,
    file: path.join(root, id),
    metadata: folder === '.' ? {} : { folder },
  };
}

function failureOf(root: string, id: string, code: ErrorCode, problem: string): SourceFailure {
  const source = path.join(root, id);
  return { type: 'failure', source, id: null, code, message: `${source}: ${problem}` };
}

/** What a folder holds and the walk may want, sorted by code units: the order is the same everywhere. */
async function list(root: string, folder: string): Promise<Found[]> {
  const location = path.join(root, folder);
  const entries = await readdir(location, { withFileTypes: true });
  const plain = entries.filter(({ name }) => !name.includes(replacement));
  const odd = plain.length < entries.length ? await listOdd(location) : [];
  const named = [...plain.map((entry) => ({ name: entry.name, kind: kindOf(entry.name, entry) })), ...odd];
  return named
    .filter(({ name }) => !name.startsWith('.'))
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap(({ name, kind }) => (kind ? [{ id: path.posix.join(folder, name), kind }] : []));
}

/** U+FFFD stands where a name has bytes that are not UTF-8. It may also be meant, so only the bytes can tell. */
const replacement = '\uFFFD';

/** The entries whose names hold U+FFFD, read again as bytes. */
async function listOdd(location: string): Promise<{ name: string; kind: Found['kind'] | undefined }[]> {
  const entries = await readdir(location, { withFileTypes: true, encoding: 'buffer' });
  return entries.flatMap((entry) => {
    const name = entry.name.toString();
    if (!name.includes(replacement)) return [];
    const kind = kindOf(name, entry);
    return isUtf8(entry.name)
      ? [{ name, kind }]
      : [{ name: escaped(entry.name), kind: kind && 'undecodable' }];
  });
}

/** Undefined for what is no picture: other files, sockets, devices. */
function kindOf(name: string, entry: Dirent | Dirent<Buffer>): Found['kind'] | undefined {
  if (entry.isDirectory()) return 'folder';
  if (entry.isSymbolicLink()) return 'link';
  return entry.isFile() && pictureName.test(name) ? 'file' : undefined;
}

/** A name as a shell prints it: caf\xe9.jpg */
function escaped(name: Buffer): string {
  return name
    .toString('latin1')
    .replaceAll(/[^ -~]/g, (byte) => `\\x${byte.charCodeAt(0).toString(16).padStart(2, '0')}`);
}

/**
 * Lets a walk follow symbolic links without ever going in a circle or walking a folder twice: a link to a folder is followed only
 * when its target neither lies in a tree that the walk has been given already, nor contains one.
 */
class LinkGuard {
  readonly #trees: string[];

  constructor(root: string) {
    this.#trees = [root];
  }

  /** What to treat the link as; undefined when there is nothing to do. Throws the system's error for a broken link to no picture. */
  async follow(link: string): Promise<'file' | 'folder' | undefined> {
    const target = await stat(link).catch((error: unknown) => {
      if (pictureName.test(link)) return undefined;
      throw error;
    });
    // A broken link with a picture's name is a missing picture: whoever opens it will say so.
    if (!target || target.isFile()) return pictureName.test(link) ? 'file' : undefined;
    if (!target.isDirectory()) return undefined;
    const tree = await realpath(link);
    if (this.#trees.some((walked) => contains(walked, tree) || contains(tree, walked))) return undefined;
    this.#trees.push(tree);
    return 'folder';
  }
}

function contains(folder: string, other: string): boolean {
  return other === folder || other.startsWith(folder.endsWith(path.sep) ? folder : folder + path.sep);
}
