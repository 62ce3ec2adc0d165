/**
 * Every failure that whymatch reports on purpose is an AppError with a code of this table. The code is stable, the sentence is
 * for people: what was expected, what was received, what to do. docs/errors.md lists the table; a test holds the two together.
 */

/** How the command line ends for an error of each kind. 0 is success. */
export const exitCodes = {
  unexpected: 1,
  usage: 2,
  input: 3,
  catalog: 4,
  model: 5,
  /** The run ended, but some items failed and are listed. */
  partial: 6,
  /** Stopped by a signal, as shells report SIGINT. */
  interrupted: 130,
} as const;

export type ErrorKind = keyof typeof exitCodes;

/** Code -> [kind, what it means and what to do]. Keep it sorted by area. */
export const errorCodes = {
  USAGE: [
    'usage',
    'The command line or the arguments of a call are wrong; see --help or the function’s documentation.',
  ],
  ABORTED: [
    'interrupted',
    'The work was stopped on request. What was reported as done is kept; run it again to go on.',
  ],

  IMAGE_NOT_FOUND: ['input', 'There is no file at the given path. Check the path.'],
  IMAGE_UNREADABLE: [
    'input',
    'The file exists but cannot be read. Check its permissions, and that it is a file and not a folder.',
  ],
  IMAGE_EMPTY: ['input', 'The file has no bytes. Copy it again from its source.'],
  IMAGE_UNSUPPORTED: [
    'input',
    'The bytes are not a supported picture (JPEG, PNG, WebP, AVIF, GIF, TIFF). Convert the file.',
  ],
  IMAGE_CORRUPT: ['input', 'The picture is truncated or damaged. Export or download it again.'],
  IMAGE_TOO_LARGE: [
    'input',
    'The picture has more pixels or bytes than the limit. Scale it down, or raise the limit.',
  ],
  IMAGE_TOO_SMALL: ['input', 'The picture, or the crop, has too few pixels to say anything about it.'],
  CROP_OUTSIDE: [
    'input',
    'The crop does not lie inside the picture. Coordinates are pixels of the upright picture.',
  ],

  SOURCE_NOT_FOUND: ['input', 'The source of an indexing run does not exist. Check the path.'],
  SOURCE_UNREADABLE: ['input', 'The source, or a folder in it, cannot be read. Check its permissions.'],
  SOURCE_INVALID: [
    'input',
    'The source is nothing that can be read: a folder, an archive, a table with a column "file" or "url", or a list of URLs. See docs/indexing.md.',
  ],
  ITEM_INVALID: [
    'input',
    'A row of the source has a field that cannot be used. The message names the row and the field.',
  ],
  ITEM_CHANGED: [
    'input',
    'The picture is not the one that was indexed. Index its source again to bring the catalogue up to date.',
  ],
  ITEM_DUPLICATE: [
    'input',
    'Two rows of the source have the same id. The first is kept; give the second an id of its own.',
  ],

  MODEL_NOT_FOUND: [
    'model',
    'No model of that name is known, or its file is missing. See: whymatch model list',
  ],
  MODEL_INVALID: ['model', 'The file is not a readable ONNX model.'],
  MODEL_UNSUPPORTED: [
    'model',
    'The model uses an operator, type or shape that whymatch does not know. The message names the node.',
  ],
  MODEL_NO_FEATURES: [
    'model',
    'The model has no spatial feature map to explain (a 4-D value with more than one place).',
  ],
  MODEL_NO_CLASSES: [
    'model',
    'The model has no classifier, so that no class can be named, explained or drawn. Use one whose manifest names "logits".',
  ],
  MODEL_CHECKSUM: [
    'model',
    'The file does not have the checksum of its manifest. Delete it and pull or add it again.',
  ],
  MODEL_DOWNLOAD: [
    'model',
    'The model could not be downloaded from any mirror. Check the network, or add the file by hand.',
  ],
  MANIFEST_INVALID: ['model', 'A model manifest has a wrong or missing field. The message names it.'],
  RULE_UNDEFINED: [
    'model',
    'The backward rule has no definition for an activation of this model. Use --method gradient instead.',
  ],
  ENGINE_UNAVAILABLE: ['model', 'The engine or device asked for is not installed or does not start here.'],
  ENGINE_INPUT: ['model', 'A tensor given to the engine does not have the shape that the graph declares.'],
  ENGINE_FAILED: ['model', 'The engine failed while it ran a graph.'],

  FILTER_INVALID: [
    'usage',
    'The filter of a search is not JSON, or not of the grammar in docs/filters.md. The message names the place in it.',
  ],

  CATALOG_NOT_FOUND: [
    'catalog',
    'There is no catalogue in that folder. Make one with: whymatch index SOURCE --catalog DIR',
  ],
  CATALOG_INVALID: ['catalog', 'The folder holds files, but not a whymatch catalogue, or a damaged one.'],
  CATALOG_VERSION: ['catalog', 'The catalogue was written by a newer whymatch. Update whymatch.'],
  CATALOG_MODEL_MISMATCH: [
    'catalog',
    'The catalogue was made with another model, or another version of it. Use that model, or make the catalogue anew with: whymatch catalog re-embed',
  ],
  CATALOG_READ_ONLY: [
    'catalog',
    'The catalogue cannot be written. Check the folder’s permissions and the free disk space.',
  ],
  CATALOG_BUSY: [
    'catalog',
    'Another process is writing to the catalogue. Wait for it to finish, then try again.',
  ],
  CATALOG_EMPTY: ['catalog', 'The catalogue has no items yet. Index some pictures first.'],
  ITEM_NOT_FOUND: ['catalog', 'The catalogue has no item of that id.'],
  NAMES_UNKNOWN: [
    'input',
    'The catalogue has not learned the names of that field, or not that name. Learn them with: whymatch catalog learn-names',
  ],
  QUERY_GONE: ['input', 'The server has forgotten this query, or never knew it. Search again.'],
  POINT_OUTSIDE: ['input', 'The model did not see the point: it lies outside the picture or its crop.'],
  URL_REFUSED: [
    'input',
    'Pictures are not fetched from such an address: it is private, local, or no http(s) URL. Give the picture itself, or (where you trust the list) index with --allow-private-hosts.',
  ],
  URL_FAILED: [
    'input',
    'The picture could not be fetched from its URL. Check it, try again later (whymatch index --retry-failed), or give the picture itself.',
  ],
  ROUTE_NOT_FOUND: ['usage', 'The server has no such path, or not for this method. See /docs.'],
  METHOD_NOT_ALLOWED: ['usage', 'The path does not take this method. The header Allow names those it takes.'],
  BODY_TOO_LARGE: ['usage', 'The request has more bytes, parts or depth than the server takes.'],
  BODY_UNSUPPORTED: ['usage', 'The Content-Type of the request is not one that this path takes. See /docs.'],
  UNAUTHENTICATED: ['usage', 'The server wants an API key: Authorization: Bearer KEY.'],
  FORBIDDEN: ['usage', 'The API key, or the page that sent the request, may not do this.'],
  RATE_LIMITED: ['usage', 'Too many requests. Wait as long as Retry-After says.'],
  SERVER_BUSY: ['unexpected', 'The server has as much work as it takes. Try again soon.'],
  SERVER_TIMEOUT: ['unexpected', 'The work took longer than the server allows. Send a smaller picture.'],
  OUTPUT_EXISTS: ['input', 'There is a file of that name already. Name another, or replace it with --force.'],
  OUTPUT_UNWRITABLE: [
    'input',
    'A result could not be written. Check that the folder can be written and the disk is not full.',
  ],
} as const satisfies Record<string, readonly [ErrorKind, string]>;

export type ErrorCode = keyof typeof errorCodes;

/** An error that a user can act on. `details` holds the same facts for programs. */
export class AppError extends Error {
  readonly code: ErrorCode;
  readonly details: Readonly<Record<string, unknown>>;

  constructor(
    code: ErrorCode,
    message: string,
    options: { cause?: unknown; details?: Readonly<Record<string, unknown>> } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'AppError';
    this.code = code;
    this.details = options.details ?? {};
  }

  /** The exit code of a command that ends with this error. */
  get exitCode(): number {
    return exitCodes[errorCodes[this.code][0]];
  }
}

/** The message of anything that was thrown. */
export function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}

/** The code of a system error such as ENOENT, or undefined. */
export function systemCode(thrown: unknown): string | undefined {
  const code = thrown instanceof Error ? (thrown as NodeJS.ErrnoException).code : undefined;
  return typeof code === 'string' ? code : undefined;
}

/** Throws ABORTED when the signal has fired. Long loops call it between steps. */
export function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw new AppError('ABORTED', 'stopped on request', { cause: signal.reason });
}
