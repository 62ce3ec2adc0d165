/** What the server asks of the model: pictures through the network, and explanations. In this thread or in one of its own. */
import type { EmbeddingSpace } from '../../core/embedder.ts';
import type { HeatMap } from '../../core/heat-map.ts';
import type { InputSpec } from '../../core/input-spec.ts';
import { tensor, type Tensor } from '../../core/tensor.ts';
import type { Rect } from '../../core/geometry.ts';
import { type AloneExplanation, explainName } from '../../explain/explain-alone.ts';
import { type Explanation, explainHits, type ExplainOptions, type MapPair } from '../../explain/explain.ts';
import { examine, type Subject } from '../../explain/subject.ts';
import type { LoadOptions } from '../../model/load-model.ts';
import type { Model } from '../../model/model.ts';
import { collectGarbage } from '../memory.ts';

export interface Network extends EmbeddingSpace {
  readonly input: InputSpec;
  /** How many pictures one pass should take at most. */
  readonly batchSize: number;
  /** How many pictures of one pass make it as quick as it gets for each. At most batchSize. */
  readonly quickBatch: number;
  /** Images (each (3,H,W)) through the network. Bars are what lies outside `contents`. */
  examine(images: readonly Tensor[], contents: readonly Rect[]): Promise<Subject[]>;
  /** An explanation for each hit, in order. Throws USAGE for an unknown method, RULE_UNDEFINED. */
  explain(query: Subject, hits: readonly Subject[], options: Questions): Promise<Explanation[]>;
  /** Why a picture gets a name. `reasons` (C) as explainName takes them. Throws USAGE for an unknown method, RULE_UNDEFINED. */
  explainName(
    subject: Subject,
    reasons: Float32Array,
    options: Omit<Questions, 'target'>,
  ): Promise<AloneExplanation>;
  /** Prepares what the first calls would wait for. */
  warmUp(): Promise<void>;
  /** Gives back memory that is kept only to be quick; pictures go through the network as quickly as before, explanations begin anew. */
  rest(): Promise<void>;
}

export type Questions = Pick<ExplainOptions, 'methods' | 'target' | 'check'>;

/** Which model, and what runs it; all of it can travel to a thread. */
export interface ModelChoice extends Pick<LoadOptions, 'backend' | 'device' | 'allowFallback' | 'threads'> {
  /** Name or path. */
  readonly model: string;
  readonly engine?: Exclude<LoadOptions['engine'], object>;
}

/** The network in this thread. The model stays the caller's. */
export function networkOf(model: Model): Network {
  const { model: name, fingerprint, dimension, input, batchSize } = model;
  const quickBatch = Math.min(batchSize, model.engine.quickBatch ?? batchSize);
  const blank = () => tensor([3, input.height, input.width]);
  return {
    model: name,
    fingerprint,
    dimension,
    input,
    batchSize,
    quickBatch,
    examine: (images, contents) => examine(model, images, contents),
    explain: async (query, hits, options) => (await explainHits(model, query, hits, options)).map(compacted),
    explainName: (subject, reasons, options) => explainName(model, subject, reasons, options),
    async warmUp() {
      const [subject] = await examine(model, [blank()]);
      await explainHits(model, subject!, [subject!]);
    },
    async rest() {
      if (!model.engine.rest) return collectGarbage();
      await model.engine.rest();
      await collectGarbage();
      // The next search shall not wait for it.
      await examine(model, [blank()]);
    },
  };
}

/** Maps may be views of what a whole batch gave, which they would keep in memory. */
function compacted(explanation: Explanation): Explanation {
  const { shares, maps } = explanation;
  const own = (map: HeatMap): HeatMap =>
    map.data.byteLength < map.data.buffer.byteLength ? { ...map, data: map.data.slice() } : map;
  const both = ({ query, hit }: MapPair): MapPair => ({ query: own(query), hit: own(hit) });
  const entries = Object.entries(maps).map(([name, pair]) => [name, both(pair)] as const);
  return { ...explanation, shares: both(shares), maps: Object.fromEntries(entries) };
}
