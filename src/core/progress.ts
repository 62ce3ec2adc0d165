/** What a long-running call reports as it goes. `total` is absent until it is known. */
export interface Progress {
  readonly phase: string;
  readonly done: number;
  readonly total?: number;
  readonly failed?: number;
  /** More to tell, by name: how many were added, changed, … */
  readonly counts?: Readonly<Record<string, number>>;
}

/** Options that every long-running call takes. */
export interface LongRunning {
  readonly onProgress?: (progress: Progress) => void;
  readonly signal?: AbortSignal;
}
