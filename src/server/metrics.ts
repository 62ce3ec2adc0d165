/** Prometheus metrics of one server. */
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';

const seconds = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

export class Metrics {
  readonly registry = new Registry();
  readonly duration: Histogram<'route' | 'method' | 'status'>;
  readonly batchSize: Histogram;
  readonly refused: Counter<'code'>;
  readonly inHand: Gauge;

  constructor() {
    const registers = [this.registry];
    collectDefaultMetrics({ register: this.registry });
    this.duration = new Histogram({
      name: 'whymatch_http_request_seconds',
      help: 'Time from the first to the last byte of a request.',
      labelNames: ['route', 'method', 'status'],
      buckets: seconds,
      registers,
    });
    this.batchSize = new Histogram({
      name: 'whymatch_embed_batch_pictures',
      help: 'Pictures in one pass through the network.',
      buckets: [1, 2, 4, 8, 16],
      registers,
    });
    this.inHand = new Gauge({
      name: 'whymatch_http_requests_in_hand',
      help: 'Requests with work, from their first byte to their last.',
      registers,
    });
    this.refused = new Counter({
      name: 'whymatch_http_refusals_total',
      help: 'Requests that ended with an error, by its code.',
      labelNames: ['code'],
      registers,
    });
  }

  /** Values that are looked up when somebody asks. */
  watch(values: Readonly<Record<'queries' | 'decoding' | 'items', () => number>>): void {
    const facts = {
      queries: 'Queries in memory that can be explained.',
      decoding: 'Pictures that are decoded or wait for it.',
      items: 'Items of the catalogue.',
    };
    for (const [name, help] of Object.entries(facts)) {
      const value = values[name as keyof typeof values];
      const gauge: Gauge = new Gauge({
        name: `whymatch_${name}`,
        help,
        registers: [this.registry],
        collect: () => gauge.set(value()),
      });
    }
  }
}
