/** Errors as RFC 9457 problem details: one table from our codes to HTTP's statuses. */
import { STATUS_CODES } from 'node:http';
import { MulterError } from 'multer';
import type { z } from 'zod';
import { AppError, type ErrorCode, errorCodes, type ErrorKind, systemCode } from '../core/errors.ts';

export interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly code: ErrorCode | 'UNEXPECTED';
  readonly requestId: string;
  readonly errors?: readonly { readonly path: string; readonly message: string }[];
}

/** What went wrong, for whoever sent the request. Says nothing of folders, files and defects of the server: the log has them. */
export function problemOf(thrown: unknown, requestId: string): Problem {
  const error = asAppError(thrown);
  if (!error) {
    const detail = 'The server failed at this request. Its log says more under the request id.';
    return problem('UNEXPECTED', 500, detail, requestId);
  }
  const { code, details } = error;
  const detail = isPrivate(code) ? errorCodes[code][1] : error.message;
  const known = problem(code, statusOf(code), detail, requestId);
  return Array.isArray(details['errors']) ? { ...known, errors: details['errors'] } : known;
}

/** Seconds after which it makes sense to try again; undefined where waiting does not help. */
export function retryAfter(thrown: unknown): number | undefined {
  const code = asAppError(thrown)?.code;
  if (code === 'SERVER_BUSY') return 1;
  if (code === 'CATALOG_BUSY') return 5;
  return code === 'RATE_LIMITED' ? 60 : undefined;
}

/** Refuses what a schema does not take, naming the fields. */
export function usageError(error: z.ZodError, where: string): AppError {
  const errors = error.issues.slice(0, 20).map(({ path, message }) => ({ path: path.join('.'), message }));
  const first = errors[0];
  const place = first?.path ? `${where} ${first.path}` : where;
  return new AppError('USAGE', `${place}: ${first?.message ?? 'not valid'}`, { details: { errors } });
}

function problem(code: Problem['code'], status: number, detail: string, requestId: string): Problem {
  const title = STATUS_CODES[status] ?? 'Error';
  return { type: `urn:whymatch:problem:${code}`, title, status, detail, code, requestId };
}

const byKind: Record<ErrorKind, number> = {
  usage: 400,
  input: 422,
  catalog: 500,
  model: 500,
  unexpected: 500,
  partial: 500,
  interrupted: 503,
};

const byCode: Partial<Record<ErrorCode, number>> = {
  IMAGE_TOO_LARGE: 413,
  IMAGE_UNSUPPORTED: 415,
  ITEM_NOT_FOUND: 404,
  NAMES_UNKNOWN: 404,
  QUERY_GONE: 410,
  ROUTE_NOT_FOUND: 404,
  METHOD_NOT_ALLOWED: 405,
  BODY_TOO_LARGE: 413,
  BODY_UNSUPPORTED: 415,
  UNAUTHENTICATED: 401,
  FORBIDDEN: 403,
  RATE_LIMITED: 429,
  SERVER_BUSY: 503,
  SERVER_TIMEOUT: 503,
  CATALOG_BUSY: 503,
  CATALOG_READ_ONLY: 503,
  MODEL_NO_CLASSES: 422,
  RULE_UNDEFINED: 422,
};

export function statusOf(code: ErrorCode): number {
  return byCode[code] ?? byKind[errorCodes[code][0]];
}

/** Messages about the catalogue's folder and the model's file are for the operator. */
function isPrivate(code: ErrorCode): boolean {
  const kind = errorCodes[code][0];
  return (kind === 'catalog' && code !== 'ITEM_NOT_FOUND') || (kind === 'model' && code !== 'RULE_UNDEFINED');
}

/** Express and its parsers throw errors with a status; multer its own. */
function asAppError(thrown: unknown): AppError | undefined {
  if (thrown instanceof AppError) return thrown;
  if (thrown instanceof MulterError) return multerError(thrown);
  const { status, message, type } = (thrown ?? {}) as { status?: unknown; message?: string; type?: string };
  if (typeof status !== 'number' || status < 400 || status >= 500 || systemCode(thrown) === 'EPIPE')
    return undefined;
  const options = { cause: thrown };
  if (status === 413)
    return new AppError('BODY_TOO_LARGE', 'the body is larger than this path takes', options);
  if (status === 415) return new AppError('BODY_UNSUPPORTED', message ?? 'unsupported body', options);
  const what = type === 'entity.parse.failed' ? 'the body is no JSON: ' : '';
  return new AppError('USAGE', `${what}${message ?? 'bad request'}`, options);
}

function multerError(error: MulterError): AppError {
  const large = error.code.startsWith('LIMIT_') && error.code !== 'LIMIT_UNEXPECTED_FILE';
  const field = error.field === undefined ? '' : ` (${error.field})`;
  return new AppError(large ? 'BODY_TOO_LARGE' : 'USAGE', `${error.message}${field}`, { cause: error });
}
