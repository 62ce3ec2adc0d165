// Archives for tests: zip by hand (there is no writer among our packages, and a test wants broken ones too), tar by tar-stream.

import { buffer } from 'node:stream/consumers';
import { crc32, deflateRawSync, gzipSync } from 'node:zlib';
import { type Header, pack } from 'tar-stream';

export interface ZipMember {
  readonly name: string | Buffer;
  readonly content: Uint8Array | string;
  readonly stored?: boolean;
  /** General purpose bit 0. */
  readonly encrypted?: boolean;
  /** What the directory says instead of the truth. */
  readonly claims?: { readonly bytes?: number; readonly crc?: number };
}

/** APPNOTE.TXT 4.3: local headers with contents, the central directory, its end. All members are of 1 January 2026, 12:00. */
export function zipOf(members: readonly ZipMember[]): Buffer {
  const local: Buffer[] = [];
  const central: Buffer[] = [];
  let offset = 0;
  for (const { name, content, stored = false, encrypted = false, claims = {} } of members) {
    const path = Buffer.from(name);
    const plain = Buffer.from(content);
    const packed = stored ? plain : deflateRawSync(plain);
    const facts = Buffer.alloc(26);
    facts.writeUInt16LE(20, 0);
    facts.writeUInt16LE(0x800 | (encrypted ? 1 : 0), 2);
    facts.writeUInt16LE(stored ? 0 : 8, 4);
    facts.writeUInt16LE(12 << 11, 6);
    facts.writeUInt16LE(((2026 - 1980) << 9) | (1 << 5) | 1, 8);
    facts.writeUInt32LE(claims.crc ?? crc32(plain), 10);
    facts.writeUInt32LE(packed.length, 14);
    facts.writeUInt32LE(claims.bytes ?? plain.length, 18);
    facts.writeUInt16LE(path.length, 22);
    local.push(Buffer.from('PK\x03\x04'), facts, path, packed);
    const rest = Buffer.alloc(14);
    rest.writeUInt32LE(offset, 10);
    central.push(Buffer.from('PK\x01\x02\x14\0'), facts, rest, path);
    offset += 30 + path.length + packed.length;
  }
  const directory = Buffer.concat(central);
  const end = Buffer.alloc(18);
  end.writeUInt16LE(members.length, 4);
  end.writeUInt16LE(members.length, 6);
  end.writeUInt32LE(directory.length, 8);
  end.writeUInt32LE(offset, 12);
  return Buffer.concat([...local, directory, Buffer.from('PK\x05\x06'), end]);
}

export type TarMember = readonly [name: string | Header, content?: Uint8Array | string];

export async function tarOf(members: readonly TarMember[], { gzip = false } = {}): Promise<Buffer> {
  const archive = pack();
  for (const [name, content = ''] of members) {
    archive.entry(typeof name === 'string' ? { name } : name, Buffer.from(content));
  }
  archive.finalize();
  const bytes = await buffer(archive);
  return gzip ? gzipSync(bytes, { level: 1 }) : bytes;
}
