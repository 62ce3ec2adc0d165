import { setTimeout as sleep } from 'node:timers/promises';
import test from 'ava';
import fc from 'fast-check';
import { parallelMap } from '../../src/indexer/parallel-map.ts';

/** 0, 1, 2, … and a record of how far it was pulled and whether it was closed. */
function counter(end: number) {
  const state = { pulled: 0, closed: false };
  async function* numbers() {
    try {
      while (state.pulled < end) yield state.pulled++;
    } finally {
      state.closed = true;
    }
  }
  return { state, numbers: numbers() };
}

test('property: results come complete and in order, within both limits, whatever takes how long', async (t) => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.nat(3), { maxLength: 40 }),
      fc.integer({ min: 1, max: 5 }),
      fc.integer({ min: 1, max: 8 }),
      async (delays, concurrency, ahead) => {
        const { numbers, state } = counter(delays.length);
        let running = 0;
        let consumed = 0;
        const work = async (i: number) => {
          running++;
          t.true(running <= concurrency);
          await sleep(delays[i]);
          running--;
          return i;
        };
        const results: number[] = [];
        for await (const i of parallelMap(numbers, work, { concurrency, ahead })) {
          // One more than the window may have been pulled: it waits for room.
          t.true(state.pulled <= consumed + ahead + 1);
          consumed++;
          results.push(i);
        }
        t.deepEqual(results, [...delays.keys()]);
      },
    ),
    { numRuns: 40 },
  );
});

test('it works ahead while the consumer is busy, and no further than the window', async (t) => {
  const { numbers, state } = counter(100);
  const finished: number[] = [];
  const mapped = parallelMap(numbers, async (i) => finished.push(i), { concurrency: 2, ahead: 5 });
  await mapped.next();
  await sleep(20);
  t.is(finished.length, 5);
  t.is(state.pulled, 6);
  await mapped.return(undefined);
});

test('a consumer that stops early closes the source and waits for the work in progress', async (t) => {
  const { numbers, state } = counter(100);
  let started = 0;
  let ended = 0;
  const work = async (i: number) => {
    started++;
    await sleep(5);
    ended++;
    return i;
  };
  for await (const i of parallelMap(numbers, work, { concurrency: 3, ahead: 4 })) if (i === 2) break;
  t.is(started, ended);
  t.true(state.closed);
  const total = started;
  await sleep(20);
  t.is(started, total);
});

test('an error of the work comes in its turn', async (t) => {
  const { numbers, state } = counter(100);
  const results: number[] = [];
  const work = async (i: number) => {
    await sleep(i === 3 ? 0 : 3);
    if (i === 3) throw new RangeError('three');
    return i;
  };
  const run = async () => {
    for await (const i of parallelMap(numbers, work, { concurrency: 4, ahead: 8 })) results.push(i);
  };
  await t.throwsAsync(run(), { instanceOf: RangeError, message: 'three' });
  t.deepEqual(results, [0, 1, 2]);
  t.true(state.closed);
});

test('an error of the source comes after the results before it', async (t) => {
  async function* broken() {
    yield 1;
    yield 2;
    throw new RangeError('source');
  }
  const results: number[] = [];
  const run = async () => {
    for await (const i of parallelMap(broken(), async (i) => i, { concurrency: 2, ahead: 2 }))
      results.push(i);
  };
  await t.throwsAsync(run(), { message: 'source' });
  t.deepEqual(results, [1, 2]);
});
