/** The data inside a page, held against the explanation it was made from. */
import test from 'ava';
import sharp from 'sharp';
import { blurMap, mapScale, resampleMap } from '../../src/image/heat-map.ts';
import { answersOf } from '../../src/report/answers.ts';
import { displayBlur } from '../../src/report/heat-colour.ts';
import { drawLayers, layersOf } from '../../src/report/layers.ts';
import type { Shop } from './shop.ts';
import { explainedShop, temporaryFolder } from './shop.ts';

const folder = await temporaryFolder(test);
let shop: Shop;

test.before(async () => {
  shop = await explainedShop(folder, { methods: ['guided-match', 'gradient'] });
});
test.after.always(() => shop.model.engine.dispose());

const pairs = () =>
  shop.hits.flatMap(({ explained }) =>
    explained
      ? [{ query: shop.search.query, hit: explained.picture, explanation: explained.explanation }]
      : [],
  );

test('the layers run from coarse to fine, and the match map needs no computing', (t) => {
  const layers = layersOf(pairs().map(({ explanation }) => explanation));
  t.deepEqual(
    layers.map(({ name }) => name),
    ['match', 'guided-match', 'gradient'],
  );
  t.deepEqual(layersOf([]), []);
});

test('grey layers give back the smoothed map on both scales', async (t) => {
  const layer = { name: 'guided-match', title: '', about: '' };
  const drawn = await drawLayers(pairs(), [layer]);
  const maps = pairs().map(({ hit, explanation }) => {
    const { target } = hit.placement;
    return blurMap(resampleMap(explanation.maps['guided-match']!.hit, target, target), displayBlur * 224);
  });
  for (const [i, map] of maps.entries()) {
    const { uri, gain } = drawn[i]!.get(layer)!.hit;
    const { data, info } = await sharp(Buffer.from(uri.split(',')[1]!, 'base64'))
      .extractChannel(0)
      .raw()
      .toBuffer({ resolveWithObject: true });
    t.deepEqual([info.width, info.height], [map.width, map.height]);
    for (const scale of [
      { gain: gain.own, value: mapScale([map]) },
      { gain: gain.shared, value: mapScale(maps) },
    ]) {
      const errors = Array.from(map.data, (value, k) => {
        const shown = Math.min(1, (data[k]! / 255) * scale.gain);
        return Math.abs(shown - Math.sqrt(Math.min(1, value / scale.value)));
      });
      const mean = errors.reduce((a, b) => a + b, 0) / errors.length;
      t.true(mean < 0.02, `mean error ${mean}`);
    }
  }
});

test('of all maps of a page the strongest decides the shared scale', async (t) => {
  const layer = { name: 'match', title: '', about: '' };
  const drawn = await drawLayers(pairs(), [layer]);
  const gains = drawn.map((images) => images.get(layer)!.hit.gain);
  for (const { own, shared } of gains) t.true(own >= 1 && shared >= 1 && Math.min(own, shared) === 1);
});

test('the answers of a place add up to its share of the score', (t) => {
  for (const { query, hit, explanation } of pairs()) {
    const { data, query: size, hit: other } = answersOf(query.subject, hit.subject);
    t.deepEqual([size, other].flatMap(Object.values), [14, 14, 14, 14]);
    const places = size.width * size.height;
    const answers = Float64Array.from(data, (root) => root * root);
    const total = answers.reduce((a, b) => a + b, 0);
    for (let z = 0; z < places; z++) {
      const row = answers.subarray(z * places, (z + 1) * places).reduce((a, b) => a + b, 0) / total;
      const column = answers.filter((_, i) => i % places === z).reduce((a, b) => a + b, 0) / total;
      t.true(Math.abs(row - explanation.shares.query.data[z]! / explanation.score) < 0.002);
      t.true(Math.abs(column - explanation.shares.hit.data[z]! / explanation.score) < 0.002);
    }
  }
});

test('a fine feature map is averaged to places that can be pointed at, and keeps its shares', (t) => {
  const { subject } = shop.search.query;
  const fine = (width: number, height: number) => ({
    ...subject,
    norm: 1,
    features: {
      dims: [2, height, width],
      data: Float32Array.from({ length: 2 * width * height }, (_, i) => (i % width < width / 2 ? 1 : 3)),
    },
  });
  const { query, hit, data } = answersOf(fine(28, 14), fine(56, 56));
  t.deepEqual([query, hit].flatMap(Object.values), [14, 7, 14, 14]);
  // All that differs between places is left (1) and right (3): the right half of the hit answers with three quarters.
  const row = Array.from(data.subarray(0, 14 * 14), (root) => root * root);
  const right = row.filter((_, i) => i % 14 >= 7).reduce((a, b) => a + b, 0);
  t.true(Math.abs(right / row.reduce((a, b) => a + b, 0) - 0.75) < 0.01);
});
