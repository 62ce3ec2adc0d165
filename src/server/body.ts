/** Request bodies: pictures and JSON, within limits, whatever their form. */
import express, { type Request, type RequestHandler, type Response } from 'express';
import multer, { MulterError } from 'multer';
import type { z } from 'zod';
import { AppError, messageOf, systemCode } from '../core/errors.ts';
import { jsonBytes, type ServerLimits } from './options.ts';
import { usageError } from './problems.ts';
import { mostPictures } from './schemas/search.ts';

export interface Part {
  readonly name: string;
  readonly bytes: Uint8Array;
}

export type Body =
  | { readonly type: 'json'; readonly value: unknown }
  | { readonly type: 'raw'; readonly bytes: Uint8Array }
  | {
      readonly type: 'form';
      readonly parts: readonly Part[];
      readonly fields: Readonly<Record<string, string>>;
    }
  | { readonly type: 'none' };

/** JSON nested more deeply is refused before it is parsed. */
const deepestJson = 32;
const MiB = 2 ** 20;

export class BodyReader {
  readonly #json: RequestHandler;
  readonly #raw: RequestHandler;
  readonly #form: RequestHandler;
  readonly #formBytes: number;

  constructor(serverLimits: ServerLimits) {
    const { pictureBytes } = serverLimits;
    // Compressed bodies are refused: what they become is not limited by what they are.
    this.#json = express.json({
      limit: jsonBytes(serverLimits),
      inflate: false,
      verify: (_req, _res, text) => checkDepth(text),
    });
    this.#raw = express.raw({ limit: pictureBytes, inflate: false, type: () => true });
    this.#formBytes = 2 * pictureBytes + MiB;
    const limits = {
      fileSize: pictureBytes,
      files: mostPictures,
      fields: 8,
      fieldSize: MiB,
      parts: 16,
      fieldNameSize: 100,
    };
    this.#form = multer({ storage: multer.memoryStorage(), limits }).any();
  }

  /** Throws BODY_TOO_LARGE, BODY_UNSUPPORTED, USAGE. */
  async read(req: Request, res: Response): Promise<Body> {
    const type = req.get('content-type');
    if (type === undefined && !Number(req.get('content-length'))) return { type: 'none' };
    if (req.is('application/json')) {
      await done(this.#json, req, res);
      return { type: 'json', value: req.body };
    }
    if (req.is('multipart/form-data')) {
      this.#checkLength(req);
      await done(this.#form, req, res).catch((error: unknown) => {
        throw brokenForm(error);
      });
      const files = (req.files ?? []) as Express.Multer.File[];
      const parts = files.map(({ fieldname, buffer }) => ({ name: fieldname, bytes: buffer }));
      return { type: 'form', parts, fields: { ...(req.body as Record<string, string>) } };
    }
    if (req.is(['image/*', 'application/octet-stream'])) {
      await done(this.#raw, req, res);
      return { type: 'raw', bytes: req.body instanceof Uint8Array ? req.body : new Uint8Array() };
    }
    const expected = 'application/json, multipart/form-data, image/*, application/octet-stream';
    throw new AppError(
      'BODY_UNSUPPORTED',
      `expected a body of ${expected}, received ${type ?? 'none of these'}`,
    );
  }

  #checkLength(req: Request): void {
    const length = Number(req.get('content-length'));
    if (length <= this.#formBytes) return;
    throw new AppError(
      'BODY_TOO_LARGE',
      `expected a form of at most ${this.#formBytes} bytes with a Content-Length, received ${req.get('content-length') ?? 'none'}`,
    );
  }
}

/** `value` as the schema has it. Throws USAGE naming the fields. */
export function checked<T>(schema: z.ZodType<T>, value: unknown, where: string): T {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw usageError(parsed.error, where);
}

/** The JSON of a form field; undefined without the field. Throws USAGE, BODY_TOO_LARGE. */
export function jsonField(text: string | undefined, name: string): unknown {
  if (text === undefined) return undefined;
  checkDepth(Buffer.from(text));
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new AppError('USAGE', `expected JSON in the field ${name}`, { cause });
  }
}

/** The bytes of base64 or of a data: URI. Throws USAGE. */
export function decodeBase64(text: string, where: string): Uint8Array {
  const start = text.startsWith('data:') ? text.indexOf(',', 0) + 1 : 0;
  const digits = text.length - start - (text.endsWith('==') ? 2 : text.endsWith('=') ? 1 : 0);
  const bytes = Buffer.from(start > 0 ? text.slice(start) : text, 'base64');
  // The decoder skips what is no digit.
  if (bytes.length > 0 && bytes.length === Math.floor((digits * 3) / 4)) return bytes;
  throw new AppError('USAGE', `${where}: expected a picture in base64`);
}

/** Throws BODY_TOO_LARGE for JSON text of more levels than anything we take. Strings, which may be long, are skipped over. */
function checkDepth(text: Buffer): void {
  let depth = 0;
  for (let i = 0; i < text.length; i++) {
    const byte = text[i]!;
    if (byte === quote) i = endOfString(text, i);
    else if (byte === openBrace || byte === openBracket) {
      if (++depth > deepestJson)
        throw new AppError('BODY_TOO_LARGE', `expected JSON of at most ${deepestJson} levels`);
    } else if (byte === openBrace + 2 || byte === openBracket + 2) depth--;
  }
}

const [quote, openBrace, openBracket, backslash] = [0x22, 0x7b, 0x5b, 0x5c];

function endOfString(text: Buffer, start: number): number {
  for (let end = text.indexOf(quote, start + 1); end >= 0; end = text.indexOf(quote, end + 1)) {
    let escapes = 0;
    while (text[end - 1 - escapes] === backslash) escapes++;
    if (escapes % 2 === 0) return end;
  }
  return text.length;
}

/** What the parser of forms says of a form that is none is a plain Error. */
function brokenForm(error: unknown): unknown {
  const known = error instanceof AppError || error instanceof MulterError || systemCode(error) !== undefined;
  if (known) return error;
  return new AppError('USAGE', `the form cannot be read: ${messageOf(error)}`, { cause: error });
}

function done(middleware: RequestHandler, req: Request, res: Response): Promise<void> {
  return new Promise((resolve, reject) => {
    void middleware(req, res, (error?: unknown) => {
      if (error === undefined) resolve();
      else reject(error);
    });
  });
}
