// An archive of pictures, whatever its format: which members are items, and what a table inside says of them.

import path from 'node:path';
import { AppError, type ErrorCode, messageOf } from '../../core/errors.ts';
import { defaultPictureLimits } from '../../image/limits.ts';
import { openCsv } from './csv.ts';
import { memberInput, memberKey } from './input.ts';
import { HeldBytes } from '../held-bytes.ts';
import { IdMap } from '../id-map.ts';
import { openJsonLines } from './json-lines.ts';
import type { RowEntry } from './rows.ts';
import { pictureName, Selection } from './selection.ts';
import type { FileItem, ItemSource, RemoteItem, SourceEntry, SourceFailure, Stamp } from './source.ts';

/** A file in an archive, in the archive's order. */
export interface Member {
  readonly name: string;
  /** Uncompressed. */
  readonly bytes: number;
  /** What cannot be read, such as a link: why. */
  readonly problem?: string;
  readonly stamp: Stamp;
  read(): Promise<Uint8Array>;
}

export interface ArchiveFormat {
  readonly kind: string;
  /** Whether a member can be read after the next one was asked for. */
  readonly randomAccess: boolean;
  /** Whether members of equal stamps are equal: the format holds checksums. */
  readonly stampTells: boolean;
  /** Throws what is wrong with the archive, after the members before it. */
  members(archive: string): AsyncGenerator<Member>;
}

/** At the archive's root; the first that is found gives the fields of all pictures. */
const tableName = /^items\.(?:csv|tsv|jsonl|ndjson)$/i;
/** A table is held in memory. */
const maxTableBytes = 256 * 1024 * 1024;
const { maxBytes: maxPictureBytes } = defaultPictureLimits;
/** Of pictures that were read and are still needed by somebody, in an archive without random access. */
const maxHeldBytes = 64 * 1024 * 1024;

/**
 * Without a table every picture is an item: id, its path in the archive; metadata: `folder`, as with a folder. With `items.csv` or
 * `items.jsonl` at its root, the rows are the items, and `file` is a path from the archive's root. What the selection does not take,
 * and hidden files and folders, are left out. The archive is gone through twice, the first time for its table (up to that) or to
 * count the pictures: so a table is best its first member. A damaged archive gives the members before the damage, and a failure.
 */
export function openArchive(archive: string, format: ArchiveFormat, selection = new Selection()): ItemSource {
  const reader = new ArchiveReader(archive, format, selection);
  return {
    kind: format.kind,
    location: archive,
    entries: () => reader.entries(),
    count: (signal) => reader.count(signal),
  };
}

/** What the first pass finds. */
interface Survey {
  readonly pictures: number;
  readonly rows: readonly RowEntry[] | undefined;
}

class ArchiveReader {
  readonly #archive: string;
  readonly #format: ArchiveFormat;
  readonly #selection: Selection;
  #survey: Promise<Survey> | undefined;

  constructor(archive: string, format: ArchiveFormat, selection: Selection) {
    this.#archive = archive;
    this.#format = format;
    this.#selection = selection;
  }

  async count(signal?: AbortSignal): Promise<number | undefined> {
    const { pictures, rows } = await this.#surveyed();
    return signal?.aborted ? undefined : (rows?.length ?? pictures);
  }

  async *entries(): AsyncGenerator<SourceEntry> {
    const { rows } = await this.#surveyed();
    const table = rows && new MemberTable(rows);
    if (table) yield* table.others;
    const held = new HeldBytes(maxHeldBytes);
    const seen = new IdMap();
    try {
      for await (const member of this.#format.members(this.#archive)) {
        if (!this.#isPicture(member.name)) continue;
        const items = table ? table.take(member.name) : [itemOf(member.name)];
        if (items.length === 0) continue;
        yield* this.#entriesOf(member, items, seen, held);
      }
      if (table)
        for (const item of table.rest())
          yield this.#failure(item.file, 'IMAGE_NOT_FOUND', 'the archive has no such member', item.id);
    } catch (error) {
      const message = `${this.#archive}: the archive is damaged, and nothing after this was read: ${messageOf(error)}`;
      yield { type: 'failure', source: this.#archive, id: null, code: 'SOURCE_UNREADABLE', message };
    }
  }

  async *#entriesOf(
    member: Member,
    items: readonly Named[],
    seen: IdMap,
    held: HeldBytes,
  ): AsyncGenerator<SourceEntry> {
    const { name, bytes } = member;
    const refuse = (code: ErrorCode, problem: string) =>
      items.map(({ id }) => this.#failure(name, code, problem, id));
    if (name.includes('\uFFFD'))
      return yield* refuse('ITEM_INVALID', 'expected a name in UTF-8, which the catalogue can keep');
    if (member.problem !== undefined) return yield* refuse('ITEM_INVALID', member.problem);
    if (bytes > maxPictureBytes)
      return yield* refuse('IMAGE_TOO_LARGE', `expected at most ${maxPictureBytes} bytes, received ${bytes}`);
    if (seen.add(memberKey(name), 1) !== undefined)
      return yield* refuse('ITEM_DUPLICATE', 'the archive has a member of this name already');
    let content: Uint8Array | undefined;
    if (!this.#format.randomAccess) {
      await held.room();
      content = await member.read();
    }
    for (const item of items) {
      if (content) held.take(content.length);
      yield this.#remote(item, member, content, () => content && held.giveBack(content.length));
    }
  }

  #remote(
    { id, productId, metadata }: Named,
    member: Member,
    content: Uint8Array | undefined,
    release: () => void,
  ): RemoteItem {
    const origin = this.#placeOf(member.name);
    const read = () => (content ? Promise.resolve(content) : member.read());
    const { stampTells } = this.#format;
    const remote = { origin, stamp: member.stamp, stampTells, read, release };
    return { type: 'item', id, productId, metadata, remote };
  }

  #isPicture(name: string): boolean {
    const plain = memberKey(name).slice(1);
    return (
      !/(?:^|\/)(?:\.|__MACOSX\/)/.test(plain) && pictureName.test(plain) && this.#selection.takesWhole(plain)
    );
  }

  #placeOf(name: string): string {
    return `${this.#archive}!${memberKey(name).slice(1)}`;
  }

  #failure(name: string, code: ErrorCode, problem: string, id: string | null): SourceFailure {
    const source = this.#placeOf(name);
    return { type: 'failure', source, id, code, message: `${source}: ${problem}` };
  }

  #surveyed(): Promise<Survey> {
    this.#survey ??= this.#look();
    return this.#survey;
  }

  async #look(): Promise<Survey> {
    let pictures = 0;
    try {
      for await (const member of this.#format.members(this.#archive)) {
        const name = memberKey(member.name).slice(1);
        if (tableName.test(name)) return { pictures, rows: await this.#readTable(name, member) };
        if (this.#isPicture(name)) pictures++;
      }
    } catch (error) {
      if (error instanceof AppError) throw error;
      // Whoever reads the entries meets the damage again, and says so.
    }
    return { pictures, rows: undefined };
  }

  async #readTable(name: string, member: Member): Promise<RowEntry[]> {
    if (member.bytes > maxTableBytes) {
      const message = `${this.#placeOf(name)}: expected a table of at most ${maxTableBytes / 2 ** 20} MiB, received ${member.bytes} bytes; index the table as a source of its own, beside the unpacked pictures`;
      throw new AppError('SOURCE_INVALID', message);
    }
    const input = memberInput(this.#archive, name, await member.read());
    const source = /sv$/i.test(name) ? await openCsv(input) : await openJsonLines(input);
    const rows: RowEntry[] = [];
    for await (const entry of source.entries()) rows.push(entry as RowEntry);
    return rows;
  }
}

type Named = Pick<FileItem, 'id' | 'productId' | 'metadata'>;

function itemOf(name: string): Named {
  const id = memberKey(name).slice(1);
  const folder = path.posix.dirname(id);
  return { id, productId: null, metadata: folder === '.' ? {} : { folder } };
}

/** The rows of a table by the member that they name. */
class MemberTable {
  /** What needs no member: URLs, and rows that cannot be used. */
  readonly others: readonly RowEntry[];
  readonly #items = new Map<string, FileItem[]>();

  constructor(rows: readonly RowEntry[]) {
    const files = rows.filter((row): row is FileItem => row.type === 'item' && row.file !== undefined);
    this.others = rows.filter((row) => row.type === 'failure' || row.url !== undefined);
    for (const item of files) {
      const same = this.#items.get(item.file);
      if (same) same.push(item);
      else this.#items.set(item.file, [item]);
    }
  }

  take(name: string): readonly FileItem[] {
    const key = memberKey(name);
    const items = this.#items.get(key) ?? [];
    this.#items.delete(key);
    return items;
  }

  /** Those whose member never came. */
  rest(): FileItem[] {
    return [...this.#items.values()].flat();
  }
}
