/** API keys: who may do what. */
import { createHash, timingSafeEqual } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { Request } from 'express';
import { z } from 'zod';
import { AppError, messageOf } from '../core/errors.ts';
import { type ApiKey, type Scope, scopes } from './options.ts';

const keyFile = z.strictObject({
  keys: z
    .array(
      z
        .strictObject({
          name: z.string().min(1),
          scopes: z.array(z.enum(scopes)).min(1),
          key: z.string().min(16, 'expected a key of at least 16 characters').optional(),
          sha256: z
            .string()
            .regex(/^[0-9a-f]{64}$/, 'expected 64 hex digits')
            .optional(),
        })
        .refine(({ key, sha256 }) => (key === undefined) !== (sha256 === undefined), {
          message: 'expected either key or sha256',
        }),
    )
    .min(1),
});

/** Reads {"keys": [{"name", "scopes", "sha256" or "key"}]}. Throws USAGE. */
export async function readKeys(file: string): Promise<ApiKey[]> {
  let content: unknown;
  try {
    content = JSON.parse(await readFile(file, 'utf8'));
  } catch (cause) {
    throw new AppError('USAGE', `expected a JSON file with API keys, but ${file}: ${messageOf(cause)}`, {
      cause,
    });
  }
  const parsed = keyFile.safeParse(content);
  if (!parsed.success) throw new AppError('USAGE', `${file}: ${z.prettifyError(parsed.error)}`);
  return parsed.data.keys.map(({ name, scopes, key, sha256 }) => ({
    name,
    scopes,
    sha256: sha256 ?? hashOf(key!).toString('hex'),
  }));
}

/** The key of a request: Authorization: Bearer KEY, or X-Api-Key. Throws UNAUTHENTICATED. */
export function keyOfRequest(keys: readonly ApiKey[], request: Request): ApiKey {
  const [, bearer] = /^Bearer +(\S+)$/i.exec(request.get('authorization') ?? '') ?? [];
  const given = bearer ?? request.get('x-api-key');
  if (given === undefined) {
    throw new AppError('UNAUTHENTICATED', 'expected an API key (Authorization: Bearer KEY), received none');
  }
  const key = findKey(keys, given);
  if (key) return key;
  throw new AppError('UNAUTHENTICATED', 'expected an API key of this server, received another');
}

/** Takes the same time whichever key it is, and whether it is one: hashes are compared, all of them, in constant time. */
function findKey(keys: readonly ApiKey[], given: string): ApiKey | undefined {
  const hash = hashOf(given);
  let found: ApiKey | undefined;
  for (const key of keys) {
    if (timingSafeEqual(hash, Buffer.from(key.sha256, 'hex'))) found = key;
  }
  return found;
}

/** What a key may do: each scope holds those before it. */
export function scopesOf(granted: readonly Scope[]): Scope[] {
  const highest = Math.max(...granted.map((scope) => scopes.indexOf(scope)));
  return scopes.slice(0, highest + 1);
}

const hashOf = (key: string): Buffer => createHash('sha256').update(key).digest();
