/** Threads of the server: what they compute is what this thread would, and what goes wrong in them arrives. */
import { lookOf } from '../../src/app/looks.ts';
import { type ExaminedPicture, preparePicture } from '../../src/app/pictures.ts';
import { AppError } from '../../src/core/errors.ts';
import { type Network, networkOf } from '../../src/server/compute/network.ts';
import { openNetworkThread } from '../../src/server/compute/network-thread.ts';
import { studio } from '../../src/server/compute/studio.ts';
import { openStudioThread } from '../../src/server/compute/studio-thread.ts';
import { moduleBesides, Thread } from '../../src/threads/thread.ts';
import { quickModel } from '../support/quick-model.ts';
import type { FailingTasks } from './failing-worker.ts';
import { draw, theModel, test } from './support.ts';

test('network and studio give the same in threads of their own', async (t) => {
  const here = networkOf(await theModel());
  const there = await openNetworkThread({ model: quickModel(), threads: 1 });
  const drawing = openStudioThread();
  t.teardown(() => Promise.all([there.close(), drawing.close()]));
  t.is(there.fingerprint, here.fingerprint);
  t.is(there.batchSize, here.batchSize);
  t.regex(there.engine, /onnxruntime/);
  const files = [await draw('circle', 'red'), await draw('circle', 'blue', 10)];
  const [local, remote] = [await examineWith(here, files), await examineWith(there, files)];
  t.deepEqual(remote, local);

  const [query, hit] = [remote[0]!, remote[1]!];
  const options = { methods: ['guided-match'] };
  const [explained] = await there.explain(query.subject, [hit.subject], options);
  t.deepEqual([explained], await here.explain(query.subject, [hit.subject], options));
  await t.throwsAsync(() => there.explain(query.subject, [hit.subject], { methods: ['magic'] }), {
    instanceOf: AppError,
    message: /guided-match/,
  });

  const pair = { query, hit, explanation: explained! };
  for (const layer of ['overlay', 'map'] as const) {
    const asked = { method: 'guided-match', side: 'hit', layer, maxSide: 128 } as const;
    t.deepEqual(Buffer.from(await drawing.draw(pair, asked)), await studio.draw(pair, asked));
  }
  t.deepEqual(
    await drawing.answers(query.subject, hit.subject),
    await studio.answers(query.subject, hit.subject),
  );
  const looks = [lookOf(query)];
  const others = [[lookOf(hit), ...looks], undefined, [lookOf(hit)]];
  t.deepEqual(await drawing.likenesses(looks, others), await studio.likenesses(looks, others));
});

test('after a rest network and studio give the same', async (t) => {
  const network = await openNetworkThread({ model: quickModel(), threads: 1 });
  const drawing = openStudioThread();
  t.teardown(() => Promise.all([network.close(), drawing.close()]));
  const look = async () => {
    const [query, hit] = await examineWith(network, [
      await draw('circle', 'red'),
      await draw('cross', 'red'),
    ]);
    const [explanation] = await network.explain(query!.subject, [hit!.subject], {});
    return { explanation, regions: await drawing.regions(query!.subject, query!.placement) };
  };
  // A thread that has not been started has nothing to give back.
  await drawing.rest();
  const before = await look();
  await Promise.all([network.rest(), drawing.rest()]);
  t.deepEqual(await look(), before);
});

test('a thread without its model says so', async (t) => {
  await t.throwsAsync(() => openNetworkThread({ model: 'no-such-model' }), {
    instanceOf: AppError,
    message: /no-such-model/,
  });
});

test('a thread that dies fails what is in hand, and the next call starts another', async (t) => {
  const thread = new Thread<FailingTasks>(moduleBesides(import.meta, 'failing-worker'));
  t.teardown(() => thread.close());
  t.deepEqual(await thread.call('double', Float32Array.of(1, 2)), Float32Array.of(2, 4));
  const refused = await t.throwsAsync(() => thread.call('refuse'), { instanceOf: AppError });
  t.like(refused, { code: 'IMAGE_CORRUPT', message: 'refused', details: { a: 1 } });
  const broken = await t.throwsAsync(() => thread.call('break'));
  t.false(broken instanceof AppError);
  await t.throwsAsync(() => thread.call('die'), { message: /ended unexpectedly/ });
  t.deepEqual(await thread.call('double', Float32Array.of(3)), Float32Array.of(6));
});

test('a thread that was closed is not started again by what comes late', async (t) => {
  const thread = new Thread<FailingTasks>(moduleBesides(import.meta, 'failing-worker'));
  await thread.call('double', Float32Array.of(1));
  const ended = thread.close();
  await t.throwsAsync(() => thread.call('double', Float32Array.of(1)), { code: 'ABORTED' });
  await ended;
});

/** Files through a network, as the server does it. */
async function examineWith(network: Network, files: readonly Uint8Array[]): Promise<ExaminedPicture[]> {
  const prepared = await Promise.all(files.map((source) => preparePicture(network, { source })));
  const subjects = await network.examine(
    prepared.map(({ image }) => image),
    prepared.map(({ placement }) => placement.target),
  );
  return prepared.map(({ picture, placement }, i) => ({ picture, placement, subject: subjects[i]! }));
}
