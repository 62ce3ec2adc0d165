/** Answers that clients may keep: pictures and explanations. */
import { createHash } from 'node:crypto';
import type { Request, Response } from 'express';

export interface Cacheable {
  /** Whatever the content depends on. */
  readonly facts: readonly unknown[];
  readonly type: string;
  /** The address will always give this: it names the version. */
  readonly unchanging: boolean;
}

/** Sends what `make` makes, or 304 without making it when the client has it. */
export async function sendCached(
  { req, res }: { readonly req: Request; readonly res: Response },
  { facts, type, unchanging }: Cacheable,
  make: () => Promise<Uint8Array | string>,
): Promise<void> {
  const etag = `"${createHash('sha256').update(JSON.stringify(facts)).digest('base64url').slice(0, 22)}"`;
  res.set('ETag', etag);
  res.set('Cache-Control', unchanging ? 'private, max-age=31536000, immutable' : 'private, no-cache');
  res.type(type);
  if (hasIt(req.get('if-none-match'), etag)) {
    res.status(304).end();
    return;
  }
  try {
    const content = await make();
    res.send(
      typeof content === 'string'
        ? content
        : Buffer.from(content.buffer, content.byteOffset, content.byteLength),
    );
  } catch (error) {
    // A refusal is not to be kept.
    res.removeHeader('ETag');
    res.set('Cache-Control', 'no-store');
    throw error;
  }
}

/** RFC 9110, 13.1.2. A weak tag of ours is as good as a strong one: a proxy has only compressed what it stands for. */
function hasIt(header: string | undefined, etag: string): boolean {
  const tags = (header ?? '').split(',').map((tag) => tag.trim().replace(/^W\//, ''));
  return tags.some((tag) => tag === etag || tag === '*');
}
