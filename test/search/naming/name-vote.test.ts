import test from 'ava';
import fc from 'fast-check';
import type { Item } from '../../../src/core/item.ts';
import type { Naming } from '../../../src/search/naming/namer.ts';
import { guessName, temperature, type Voter, voteOf, voters } from '../../../src/search/naming/name-vote.ts';

const voter = fc.record({
  value: fc.constantFrom('shoe', 'hat', 'dress', '', null, 7, undefined),
  score: fc.double({ min: -1, max: 1, noNaN: true }),
});
const neighbours = fc
  .array(voter, { maxLength: 15 })
  .map((list) => list.toSorted((a, b) => b.score - a.score) as Voter[]);

const isName = ({ value, score }: Voter) => typeof value === 'string' && value !== '' && score > 0;

test('shares are a distribution over the names of the first voters, the largest first', (t) => {
  fc.assert(
    fc.property(neighbours, (list) => {
      const votes = voteOf(list);
      const named = list.filter(isName).slice(0, voters);
      t.deepEqual(
        votes.map(({ value }) => value).sort(),
        [...new Set(named.map(({ value }) => value as string))].sort(),
      );
      if (votes.length > 0) t.true(Math.abs(votes.reduce((sum, { share }) => sum + share, 0) - 1) < 1e-9);
      for (let i = 1; i < votes.length; i++) t.true(votes[i]!.share <= votes[i - 1]!.share);
    }),
  );
});

test('only differences of scores count, and no voter loses by being nearer', (t) => {
  const positive = fc
    .array(
      fc.record({
        value: fc.constantFrom('a', 'b', 'c'),
        score: fc.double({ min: 0.2, max: 0.8, noNaN: true }),
      }),
      {
        minLength: 1,
        maxLength: voters,
      },
    )
    .map((list) => list.toSorted((a, b) => b.score - a.score));
  fc.assert(
    fc.property(positive, fc.nat(), fc.double({ min: 0.001, max: 0.15, noNaN: true }), (list, pick, more) => {
      const shareOf = (of: readonly Voter[], name: string) =>
        voteOf(of).find(({ value }) => value === name)!.share;
      const chosen = list[pick % list.length]!;
      const shifted = list.map(({ value, score }) => ({ value, score: score + 0.1 }));
      t.true(Math.abs(shareOf(shifted, chosen.value) - shareOf(list, chosen.value)) < 1e-9);
      const nearer = list
        .map((voter) => (voter === chosen ? { ...voter, score: voter.score + more } : voter))
        .toSorted((a, b) => b.score - a.score);
      t.true(shareOf(nearer, chosen.value) >= shareOf(list, chosen.value) - 1e-12);
    }),
  );
});

test('a voter that is one temperature farther away counts 1/e', (t) => {
  const [best, other] = voteOf([
    { value: 'a', score: 0.9 },
    { value: 'b', score: 0.9 - temperature },
  ]);
  t.true(Math.abs(other!.share / best!.share - 1 / Math.E) < 1e-9);
});

const hit = (category: string, score: number) => ({
  item: { metadata: { category } } as unknown as Item,
  score,
});

test('the confidence is the share, or what the catalogue’s own curve says of it', (t) => {
  const hits = [hit('shoe', 0.9), hit('shoe', 0.9), hit('hat', 0.9)];
  t.like(guessName(hits, 'category'), { field: 'category', value: 'shoe', confidence: 2 / 3 });
  const calibration = { names: { category: { at: [0, 1], probability: [0.3, 0.6] } } };
  t.true(Math.abs(guessName(hits, 'category', { calibration })!.confidence - 0.5) < 1e-9);
  t.is(guessName(hits, 'colour', { calibration }), null);
  t.is(guessName([], 'category'), null);
});

test('what was learned names it, but for names that were not there yet', (t) => {
  const learned: Naming = () =>
    new Map([
      ['hat', 0.7],
      ['shoe', 0.3],
    ]);
  const calibration = { names: { category: { at: [0, 1], probability: [0.1, 0.1] } } };
  const hits = [hit('shoe', 0.9), hit('shoe', 0.9)];
  t.deepEqual(guessName(hits, 'category', { learned, calibration }), {
    field: 'category',
    value: 'hat',
    confidence: 0.7,
    by: 'learned',
    votes: [
      { value: 'hat', share: 0.7 },
      { value: 'shoe', share: 0.3 },
    ],
  });
  t.like(guessName([], 'category', { learned }), { value: 'hat' }, 'nobody votes');
  t.like(
    guessName([hit('scarf', 0.9), ...hits], 'category', { learned }),
    { value: 'hat' },
    'one among others',
  );
  t.like(guessName([hit('scarf', 0.9)], 'category', { learned, calibration }), {
    value: 'scarf',
    confidence: 0.1,
  });
});
