/**
 * npm run bench -- explanation-memory [--count N]: N explanations on a small network, a tenth as many on the default one, in pages of ten hits with
 * their checks. What the process holds (resident) and the heap after a full collection must not grow.
 */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { seededRandom } from '../../src/core/random.ts';
import type { Tensor } from '../../src/core/tensor.ts';
import { tensor } from '../../src/core/tensor.ts';
import { examine, explainPage, loadModel, type Subject } from '../../src/index.ts';
import { Model } from '../../src/model/model.ts';
import { createOrtEngine } from '../../src/model/ort.ts';
import { table } from './measure.ts';
import { smallNetwork } from './networks.ts';

const hitCount = 10;
const reports = 8;

export async function explanationMemory(count: number): Promise<string> {
  const engine = createOrtEngine();
  const small = new Model(smallNetwork(), smallFacts, engine);
  const parts = [await soaked('a small network, 48×48', small, count)];
  await small.dispose();
  await engine.dispose();
  const model = await loadModel();
  parts.push(await soaked(model.model, model, Math.ceil(count / 10)));
  await model.dispose();
  return parts.join('\n\n');
}

const smallFacts = {
  name: 'small',
  fingerprint: 'f'.repeat(64),
  featureTensor: 'out',
  input: {
    width: 48,
    height: 48,
    channels: 'rgb',
    fit: 'contain',
    background: [128, 128, 128],
    scale: 1 / 255,
    mean: [0.5, 0.5, 0.5],
    std: [0.25, 0.25, 0.25],
  },
} as const;

async function soaked(name: string, model: Model, count: number): Promise<string> {
  setFlagsFromString('--expose_gc');
  const collect = runInNewContext('gc') as () => void;
  const { width, height } = model.input;
  const content = { x: 0, y: 0, width, height };
  const random = seededRandom(5);
  const picture = (): Tensor =>
    tensor(
      [3, height, width],
      Float32Array.from({ length: 3 * width * height }, () => random() * 2 - 1),
    );
  const [query] = (await examine(model, [picture()])) as [Subject];
  const hits = Array.from({ length: hitCount }, picture);
  const rows: string[][] = [];
  const pages = Math.ceil(count / (2 * hitCount));
  const every = Math.max(1, Math.floor(pages / reports));
  for (let page = 0; page <= pages; page++) {
    if (page % every === 0) {
      collect();
      const { rss, heapUsed, external } = process.memoryUsage();
      rows.push([String(page * 2 * hitCount), ...[rss, heapUsed, external].map(megabytes)]);
    }
    const unexamined = hits.map((image) => ({ image, content }));
    await explainPage(model, query, unexamined, { check: true });
  }
  return `${name}: maps of both sides of ${hitCount} hits, with checks\n\n${table(['maps made', 'resident MB', 'heap MB', 'buffers MB'], rows)}`;
}

const megabytes = (bytes: number): string => (bytes / 2 ** 20).toFixed(0);
