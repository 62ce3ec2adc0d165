/** A thread for compute.ts: it answers, refuses, breaks, or dies. */
import { AppError } from '../../src/core/errors.ts';
import { runTasks } from '../../src/threads/thread.ts';

const tasks = {
  double: (value: Float32Array) => Promise.resolve(value.map((x) => 2 * x)),
  refuse: () => Promise.reject(new AppError('IMAGE_CORRUPT', 'refused', { details: { a: 1 } })),
  break: () => Promise.reject(new TypeError('broken')),
  // Outside of any promise: nobody can catch it.
  die: () =>
    Promise.resolve(void setImmediate(() => JSON.parse('{'))).then(() => new Promise(() => undefined)),
};
export type FailingTasks = typeof tasks;

runTasks(() => Promise.resolve({ tasks, end: () => Promise.resolve() }));
