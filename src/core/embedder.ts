import type { InputSpec } from './input-spec.ts';
import type { Tensor } from './tensor.ts';

/** What names the space in which embeddings live: two catalogues are comparable when their fingerprints are equal. */
export interface EmbeddingSpace {
  /** The model's short name, e.g. whymatch-s. */
  readonly model: string;
  /** Hex digest over the model file, the input specification and the feature tensor. */
  readonly fingerprint: string;
  /** Length C of an embedding. */
  readonly dimension: number;
}

/** A model as the indexer and search see it: prepared pictures in, embeddings out. */
export interface Embedder extends EmbeddingSpace {
  readonly input: InputSpec;
  /** Calls of `embed` that it works on at the same time; 1 when absent. */
  readonly parallelRuns?: number;
  /** images (N,3,H,W), normalised as `input` says -> embeddings (N,C), each of length 1 (or all zero). */
  embed(images: Tensor): Promise<Tensor>;
}
