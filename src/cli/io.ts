/** What a command may touch of the outside: given by main.ts to real runs, and by tests to theirs. */

/** Where text goes: process.stdout, or anything like it. */
export interface Sink {
  write(text: string): unknown;
  readonly isTTY?: boolean | undefined;
  readonly columns?: number | undefined;
}

export interface Io {
  readonly stdout: Sink;
  readonly stderr: Sink;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Fires when the user wants the command to stop. */
  readonly signal: AbortSignal;
}
