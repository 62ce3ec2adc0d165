/** What a server may be told, and what it does when it is not. */

export interface ServerOptions {
  /** Who may do what; undefined: everybody may do everything, which startServer allows on loopback only. */
  readonly keys?: readonly ApiKey[] | undefined;
  /** Origins whose pages may call the API; none when absent. '*' for all. */
  readonly corsOrigins?: readonly string[];
  /** Fetch pictures from private, loopback and link-local addresses too. */
  readonly allowPrivateUrls?: boolean;
  /** Answer only requests that name this machine (localhost, 127.0.0.1, ::1): keeps web pages from reaching a server without keys by DNS rebinding. */
  readonly localOnly?: boolean;
  /** A folder with the built page, served at /. */
  readonly webRoot?: string | undefined;
  /** The metadata field that the category guess is about; `category` when absent. */
  readonly categoryField?: string;
  /** How the first hits are ordered where a request does not say: by their scores when absent. */
  readonly order?: OrderOptions;
  readonly limits?: Partial<ServerLimits>;
}

/** As searchByPicture has them. */
export interface OrderOptions {
  readonly rerank?: number | undefined;
  readonly agreeOn?: string | undefined;
}

export const scopes = ['search', 'write', 'admin'] as const;
/** search: search and read; write: change items, too; admin: everything. */
export type Scope = (typeof scopes)[number];

export interface ApiKey {
  /** For logs. */
  readonly name: string;
  readonly scopes: readonly Scope[];
  /** Hex SHA-256 of the key. */
  readonly sha256: string;
}

export interface ServerLimits {
  /** Bytes of one picture. */
  readonly pictureBytes: number;
  /** Width · height of one picture. */
  readonly picturePixels: number;
  /** Milliseconds for reading, decoding and scaling one picture. */
  readonly decodeMs: number;
  /** Bytes of a batch of changes. */
  readonly batchBytes: number;
  /** Requests with work (search, explain, change) at the same time, running and waiting; beyond it 503. */
  readonly inFlight: number;
  /** Requests a minute for each key, or address without keys; 0: no limit. */
  readonly requestsPerMinute: number;
  /** Milliseconds for fetching a picture from a URL. */
  readonly fetchMs: number;
  /** Milliseconds that the pictures of concurrent requests wait for each other, to go through the network together. */
  readonly batchDelayMs: number;
  /** Memory for queries, in bytes; beyond it the oldest are forgotten. */
  readonly queryBytes: number;
  /** Memory for pictures that have been through the network, explanations, and pictures made of them, in bytes each. */
  readonly cacheBytes: number;
  /** Milliseconds without requests with work after which that memory is given back. */
  readonly restMs: number;
  /** Milliseconds that a change waits for another process to finish writing. */
  readonly writerWaitMs: number;
}

const MiB = 2 ** 20;

/**
 * The most bytes of JSON text: of a body, or of a line of a batch. Base64 takes four characters for three bytes; but text is parsed in one
 * go, for 2 to 3 ms a MiB, so that the largest pictures have to come as raw bodies or in forms.
 */
export const jsonBytes = ({ pictureBytes }: Pick<ServerLimits, 'pictureBytes'>): number =>
  Math.min(16 * MiB, Math.ceil((pictureBytes * 4) / 3) + MiB);

export const defaultLimits: ServerLimits = {
  pictureBytes: 20 * MiB,
  picturePixels: 50_000_000,
  decodeMs: 10_000,
  batchBytes: 256 * MiB,
  inFlight: 64,
  requestsPerMinute: 0,
  fetchMs: 10_000,
  batchDelayMs: 5,
  queryBytes: 256 * MiB,
  cacheBytes: 96 * MiB,
  restMs: 30_000,
  writerWaitMs: 2000,
};
