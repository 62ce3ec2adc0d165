import test from 'ava';
import { dot } from '../../src/core/vector.ts';
import { explainHits } from '../../src/explain/explain.ts';
import { correspondence } from '../../src/explain/match-map.ts';
import type { Subject } from '../../src/explain/subject.ts';
import { peak } from '../../src/image/heat-map.ts';
import { loadModel } from '../../src/model/load-model.ts';
import { drawnSubjects } from './drawn-subjects.ts';

const model = await loadModel();
const subjects: readonly Subject[] = await drawnSubjects(model);
test.after.always(() => model.dispose());

const sum = (data: Float32Array) => data.reduce((total, value) => total + value, 0);

test('the shares of each side add up to the score', async (t) => {
  for (const query of subjects) {
    for (const { score, shares } of await explainHits(model, query, subjects, { methods: ['match'] })) {
      t.true(Math.abs(sum(shares.query.data) - score) < 1e-5);
      t.true(Math.abs(sum(shares.hit.data) - score) < 1e-5);
    }
  }
});

test('the rows of M are what pairs of places contribute, and add up to the shares', async (t) => {
  const [query, hit] = subjects as [Subject, Subject];
  const [explanation] = await explainHits(model, query, [hit], { methods: ['match'] });
  const { width, height, data } = explanation!.shares.query;
  const places = width * height;
  const total = new Float64Array(places);
  for (let z = 0; z < places; z++) {
    const row = correspondence(query, z, hit);
    t.true(Math.abs(sum(row.data) - data[z]!) < 1e-6);
    for (const [w, value] of row.data.entries()) total[w]! += value;
  }
  for (const [w, value] of total.entries()) t.true(Math.abs(value - explanation!.shares.hit.data[w]!) < 1e-6);
  // One pair of places by the formula itself.
  const at = (subject: Subject, z: number) =>
    Float32Array.from({ length: subject.embedding.length }, (_, c) => subject.features.data[c * places + z]!);
  const naive = dot(at(query, 7), at(hit, 20)) / (places * places * query.norm * hit.norm);
  t.true(Math.abs(correspondence(query, 7, hit).data[20]! - naive) < 1e-8);
});

test('identical pictures still give a meaningful map: of both sides alike, and not of rounding noise', async (t) => {
  for (const subject of subjects) {
    const copy = { ...subject };
    const [same] = await explainHits(model, subject, [copy], { methods: ['guided-match', 'match'] });
    t.true(Math.abs(same!.score - 1) < 1e-5);
    const { query, hit } = same!.maps['guided-match']!;
    t.true(peak(query).value > 0);
    const apart = Math.max(...query.data.map((value, i) => Math.abs(value - hit.data[i]!)));
    t.true(apart <= 1e-4 * peak(query).value);
    // The exact derivative of the cosine has vanished there, the default target has not: it is what the picture itself is made of.
    const [cosine] = await explainHits(model, subject, [copy], {
      methods: ['guided-match'],
      target: 'cosine',
    });
    t.true(peak(cosine!.maps['guided-match']!.query).value < 1e-3 * peak(query).value);
  }
});
