#!/usr/bin/env node
/** The process: its streams, its signals, its exit code. Everything else is run.ts. */
import { constants } from 'node:os';
import { run } from './run.ts';

const controller = new AbortController();

function stop(signal: 'SIGINT' | 'SIGTERM'): void {
  if (controller.signal.aborted) process.exit(128 + constants.signals[signal]);
  controller.abort();
  process.stderr.write('\nstopping: finishing what is in hand; once more to stop at once\n');
}

process.on('SIGINT', stop);
process.on('SIGTERM', stop);

// A reader that has seen enough (… | head) is no failure: the work goes on, and the exit code tells how it ended.
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
  });
}

const { stdout, stderr, env } = process;
process.exitCode = await run(process.argv.slice(2), { stdout, stderr, env, signal: controller.signal });
