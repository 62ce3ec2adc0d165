/** A server at rest lets go of what it can make again; nobody notices but by the memory. */
import { setTimeout as sleep } from 'node:timers/promises';
import { collectGarbage, returnFreedMemory } from '../../src/server/memory.ts';
import { Rest } from '../../src/server/rest.ts';
import { draw, rawBody, searchUrl, startServer, test } from './support.ts';

test('memory is released once, after the last work has ended', async (t) => {
  let released = 0;
  let note = () => {};
  const done = new Promise<void>((resolve) => (note = resolve));
  const rest = new Rest(20, () => {
    released++;
    note();
  });
  rest.begin();
  rest.interrupt();
  rest.begin();
  rest.begin();
  // The timer of a rest keeps no process alive.
  await Promise.race([done, sleep(10_000)]);
  t.is(released, 1);
});

test('what garbage holds is given back', async (t) => {
  const held = () => process.memoryUsage().arrayBuffers;
  let garbage: Uint8Array | undefined = new Uint8Array(64 * 2 ** 20);
  const before = held();
  t.true(garbage.length > 0);
  garbage = undefined;
  await collectGarbage();
  t.true(held() <= before - 64 * 2 ** 20);
});

test('memory that was freed is given back to the system where glibc keeps it', async (t) => {
  const { header } = process.report.getReport() as { header: { glibcVersionRuntime?: string } };
  t.is(await returnFreedMemory(), header.glibcVersionRuntime !== undefined);
});

test('after a rest the explanations of an earlier search are made anew', async (t) => {
  const { ask } = await startServer(t, { limits: { restMs: 1 } });
  const { json } = await ask(searchUrl({ k: '1' }), rawBody(await draw('circle', 'red', 4)));
  const link = json.hits[0].links.explanation;
  const first = await ask(link);
  await sleep(50);
  t.deepEqual((await ask(link)).json, first.json);
});
