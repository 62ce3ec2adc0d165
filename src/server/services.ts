/** What the routes work with, put together from what a server is given. */
import { availableParallelism } from 'node:os';
import type { Logger } from 'pino';
import { Thumbnails } from '../app/thumbnails.ts';
import type { Catalog } from '../search/catalog.ts';
import { BodyReader } from './body.ts';
import type { Network } from './compute/network.ts';
import type { Studio } from './compute/studio.ts';
import { DuplicateReview } from './duplicates.ts';
import { EmbedBatcher } from './embed-batcher.ts';
import { ExaminedPictures } from './examined.ts';
import { Explainer } from './explainer.ts';
import { ItemChanges } from './items.ts';
import { collectGarbage, returnFreedMemory } from './memory.ts';
import { Metrics } from './metrics.ts';
import { defaultLimits, type ServerLimits, type ServerOptions } from './options.ts';
import { OverviewCache } from './overview.ts';
import { PictureSources } from './picture-sources.ts';
import { QueryMemory } from './query-memory.ts';
import { ItemLooks } from './rerank.ts';
import { Rest } from './rest.ts';
import { Turns } from './turns.ts';
import { WorkQueue } from './work-queue.ts';
import { CatalogWriter } from './writer.ts';

/** What a server is given; all of it stays the caller's. */
export interface Services {
  /** Open for reading. */
  readonly catalog: Catalog;
  readonly network: Network;
  readonly studio: Studio;
  readonly options: ServerOptions;
  readonly log: Logger;
}

/** The server's parts. */
export interface Parts extends Services {
  readonly limits: ServerLimits;
  readonly bodies: BodyReader;
  readonly sources: PictureSources;
  readonly pictures: ExaminedPictures;
  readonly looks: ItemLooks;
  readonly queries: QueryMemory;
  readonly explainer: Explainer;
  readonly writer: CatalogWriter;
  readonly changes: ItemChanges;
  readonly overview: OverviewCache;
  readonly duplicates: DuplicateReview;
  /** Of hits that may be copies of each other. */
  readonly thumbnails: Thumbnails;
  readonly metrics: Metrics;
  /** For drawing pictures. */
  readonly drawing: WorkQueue;
  readonly rest: Rest;
  /** For what takes milliseconds, and may come all at once. */
  readonly turns: Turns;
  readonly state: { status: 'ok' | 'starting' | 'stopping' };
}

export function assemble(services: Services): Parts {
  const { catalog, network, studio, options, log } = services;
  const limits: ServerLimits = { ...defaultLimits, ...options.limits };
  const metrics = new Metrics();
  const batcher = new EmbedBatcher(network, limits.batchDelayMs, (size) => metrics.batchSize.observe(size));
  // Decoding runs in libuv's threads, of which there are four unless UV_THREADPOOL_SIZE says otherwise.
  const decoding = new WorkQueue({ concurrency: network.batchSize, waiting: 4 * limits.inFlight });
  const drawing = new WorkQueue({ concurrency: availableParallelism(), waiting: 4 * limits.inFlight });
  const pictures = new ExaminedPictures(network, catalog, { batcher, decoding, limits });
  const explainer = new Explainer(network, pictures, limits.cacheBytes);
  const looks = new ItemLooks(pictures);
  const giveMemoryBack = async () => {
    pictures.forget();
    looks.forget();
    explainer.forget();
    await Promise.all([network.rest(), studio.rest()]);
    await collectGarbage();
    await returnFreedMemory();
  };
  const rest = new Rest(limits.restMs, () => {
    giveMemoryBack().catch((error: unknown) => log.warn({ err: error }, 'memory could not be given back'));
  });
  const queries = new QueryMemory(catalog, limits.queryBytes);
  const writer = new CatalogWriter(catalog, { waitMs: limits.writerWaitMs, waiting: limits.inFlight });
  const changes = new ItemChanges(pictures, writer, limits);
  metrics.watch({
    queries: () => queries.count,
    decoding: () => decoding.size,
    items: () => catalog.count(),
  });
  return {
    ...services,
    limits,
    metrics,
    pictures,
    looks,
    queries,
    writer,
    drawing,
    bodies: new BodyReader(limits),
    sources: new PictureSources(queries, limits, options),
    explainer,
    rest,
    turns: new Turns(),
    changes,
    duplicates: new DuplicateReview(catalog, writer, changes),
    thumbnails: new Thumbnails(),
    overview: new OverviewCache(catalog),
    state: { status: 'ok' },
  };
}
