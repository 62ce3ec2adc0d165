import test from 'ava';
import { dot } from '../../src/core/vector.ts';
import { answersTo, mutualMatches } from '../../src/explain/correspondence.ts';
import { correspondence } from '../../src/explain/match-map.ts';
import { examine, type Subject } from '../../src/explain/subject.ts';
import { randomTensor } from '../support/tensors.ts';
import { smallModel } from './small-model.ts';

const { model, engine } = smallModel();
const [a, b] = (await examine(
  model,
  [1, 2].map((seed) => randomTensor([3, 40, 40], seed)),
)) as [Subject, Subject];

test.after.always(() => engine.dispose());

/** 10×10 places on 40×40 pixels. */
const vectorAt = ({ features }: Subject, place: number) =>
  Float32Array.from({ length: 6 }, (_, c) => features.data[c * 100 + place]!);
const placeAt = ({ x, y }: { readonly x: number; readonly y: number }) =>
  Math.floor(y / 4) * 10 + Math.floor(x / 4);
const naiveLikeness = (z: number, w: number) => {
  const [f, g] = [vectorAt(a, z), vectorAt(b, w)];
  const lengths = Math.sqrt(dot(f, f) * dot(g, g));
  return lengths > 0 ? dot(f, g) / lengths : 0;
};
const all = Array.from({ length: 100 }, (_, i) => i);
const close = (x: number, y: number) => Math.abs(x - y) < 1e-6;

test('a point is answered by the row of M of its place', (t) => {
  const { region, map, share } = answersTo(a, { x: 13, y: 26.5 }, b);
  const row = correspondence(a, 63, b);
  t.deepEqual(
    [...region.data.entries()].filter(([, part]) => part > 0),
    [[63, 1]],
  );
  t.true(map.data.every((value, w) => close(value, row.data[w]!)));
  t.true(
    close(
      share,
      row.data.reduce((sum, value) => sum + value, 0),
    ),
  );
});

test('a region takes places by the part of them that is inside; the whole picture has the whole score', (t) => {
  const { region, map } = answersTo(a, { x: 6, y: 8, width: 4, height: 4 }, b);
  t.deepEqual(
    [...region.data.entries()].filter(([, part]) => part > 0),
    [
      [21, 0.5],
      [22, 0.5],
    ],
  );
  const rows = [correspondence(a, 21, b), correspondence(a, 22, b)];
  t.true(map.data.every((value, w) => close(value, (rows[0]!.data[w]! + rows[1]!.data[w]!) / 2)));
  const whole = answersTo(a, { x: 0, y: 0, width: 40, height: 40 }, b);
  t.true(Math.abs(whole.share - dot(a.unit, b.unit)) < 1e-5);
});

test('answers are the largest values of the map, not next to each other, and say whether they are mutual', (t) => {
  const { map, answers } = answersTo(a, { x: 13, y: 26.5 }, b, 4);
  t.is(answers.length, 4);
  t.true(close(answers[0]!.share, Math.max(...map.data)));
  for (const [i, answer] of answers.entries()) {
    t.true(close(answer.share, map.data[placeAt(answer.to)]!));
    t.true(close(answer.likeness, naiveLikeness(63, placeAt(answer.to))));
    for (const other of answers.slice(i + 1)) {
      t.true(answer.share >= other.share);
      t.true(Math.abs(answer.to.x - other.to.x) >= 6 || Math.abs(answer.to.y - other.to.y) >= 6);
    }
  }
  const best = all.reduce((x, w) => (naiveLikeness(63, w) > naiveLikeness(63, x) ? w : x), 0);
  for (const { to, mutual } of answers) {
    const back = all.reduce(
      (x, z) => (naiveLikeness(z, placeAt(to)) > naiveLikeness(x, placeAt(to)) ? z : x),
      0,
    );
    t.is(mutual, placeAt(to) === best && back === 63);
  }
});

test('mutual matches are the most alike for each other, as two loops find them', (t) => {
  const found = mutualMatches(a, b, 100);
  t.true(found.length > 3);
  for (const { from, to, share } of found) {
    const [z, w] = [placeAt(from), placeAt(to)];
    t.true(all.every((other) => naiveLikeness(z, other) <= naiveLikeness(z, w) + 1e-6));
    t.true(all.every((other) => naiveLikeness(other, w) <= naiveLikeness(z, w) + 1e-6));
    t.true(close(share, correspondence(a, z, b).data[w]!));
  }
  t.deepEqual(mutualMatches(a, b, 2), found.slice(0, 2));
});

test('a picture and itself: every match is a place with itself', (t) => {
  for (const { from, to, likeness } of mutualMatches(a, a, 100)) {
    t.deepEqual(from, to);
    t.true(close(likeness, 1));
  }
});

test('nothing on a bar is an answer', (t) => {
  const content = { x: 0, y: 12, width: 40, height: 16 };
  const barred = { ...b, content };
  const inside = ({ to }: { readonly to: { readonly y: number } }) => to.y >= 12 && to.y < 28;
  t.true(mutualMatches(a, barred, 100).every(inside));
  t.true(answersTo(a, { x: 13, y: 26 }, barred, 100).answers.every(inside));
});

test('a point outside the tensor is refused', (t) => {
  t.throws(() => answersTo(a, { x: 40, y: 3 }, b), { instanceOf: RangeError });
  t.throws(() => answersTo(a, { x: -5, y: 3, width: 5, height: 5 }, b), { instanceOf: RangeError });
});
