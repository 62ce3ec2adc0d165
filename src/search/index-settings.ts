// How the index of a catalogue is built and searched.
import { defaultHnswParameters, type HnswParameters } from './hnsw.ts';

export interface IndexSettings extends HnswParameters {
  /** So many items are compared one by one, always right and as fast: a catalogue of no more has no graph. */
  readonly exactUpTo: number;
  /** Candidates that a search keeps at least, unless it says otherwise; undefined: as defaultEf has it. */
  readonly ef?: number | undefined;
  /** Builds graphs in a thread of their own. Without it, where threads cannot be had, building holds up everything else. */
  readonly thread: boolean;
  /** Improves the index without being asked: a writer saves it now and then, and whoever searches much builds what is missing. */
  readonly background: boolean;
}

/**
 * Measured with 384 values an item: at 10,000 items exact search takes about 4 ms, and is always right; HNSW takes about
 * 0.4 ms after 5 seconds of building.
 */
export const defaultIndexSettings: IndexSettings = {
  ...defaultHnswParameters,
  exactUpTo: 10_000,
  thread: true,
  background: true,
};
