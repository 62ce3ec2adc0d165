/** Duplicates: finding them, and deciding about them. */
import { type Duplicate, type DuplicateTier, duplicateTiers } from '../../app/duplicates.ts';
import { AppError } from '../../core/errors.ts';
import { checked } from '../body.ts';
import { rounded } from '../describe.ts';
import { itemAnswer } from '../item-answer.ts';
import { type Route, route } from '../route.ts';
import {
  decided,
  duplicateDecision,
  duplicateParameters,
  type DuplicatePairAnswer,
  duplicates,
  type DuplicatesAnswer,
} from '../schemas/duplicates.ts';
import type { Parts } from '../services.ts';

export const duplicateRoutes = (parts: Parts): Route[] => [
  route({
    method: 'get',
    path: '/v1/duplicates',
    operationId: 'listDuplicates',
    tag: 'items',
    summary: 'Pairs of items that are, or may be, the same picture',
    description:
      'Looked for in the background when first asked for. Pairs that somebody has decided about are left out.',
    scope: 'search',
    query: duplicateParameters,
    answers: { 200: { description: 'A page.', content: { 'application/json': duplicates } } },
    async handle({ res, query, signal }) {
      const { tier, limit, offset, again } = query;
      const scopes = res.locals['scopes'] as readonly string[] | undefined;
      if (again && scopes && !scopes.includes('write'))
        throw new AppError('FORBIDDEN', 'expected an API key with the scope write for again=true');
      const { seq, pairs, progress } = await parts.duplicates.get(again, signal);
      const wanted = tier === undefined ? pairs : pairs.filter((pair) => pair.tier === tier);
      res.set('Cache-Control', 'no-store').json({
        status: progress ? 'looking' : 'ready',
        progress: progress
          ? { phase: progress.phase, done: progress.done, total: progress.total ?? null }
          : null,
        seq: seq ?? null,
        changed: seq !== undefined && seq !== parts.catalog.info().seq,
        tiers: countTiers(pairs),
        pairs: wanted.slice(offset, offset + limit).map(pairAnswer),
        more: wanted.length > offset + limit,
      } satisfies DuplicatesAnswer);
    },
  }),
  route({
    method: 'post',
    path: '/v1/duplicates/decisions',
    operationId: 'decideDuplicate',
    tag: 'items',
    summary: 'Decide about a pair',
    scope: 'write',
    heavy: true,
    body: {
      description: 'Which items, and what about them.',
      required: true,
      content: { 'application/json': duplicateDecision },
    },
    answers: { 200: { description: 'Done.', content: { 'application/json': decided } } },
    problems: [404, 413, 415],
    async handle({ req, res, signal }) {
      const body = await parts.bodies.read(req, res);
      if (body.type !== 'json') throw new AppError('BODY_UNSUPPORTED', 'expected a body of application/json');
      const { decision, a, b } = checked(duplicateDecision, body.value, 'body');
      res.json({ changed: await parts.duplicates.decide(decision, a, b, signal) });
    },
  }),
];

function countTiers(pairs: readonly Duplicate[]): Record<DuplicateTier, number> {
  const count = (tier: DuplicateTier) => pairs.filter((pair) => pair.tier === tier).length;
  return Object.fromEntries(duplicateTiers.map((tier) => [tier, count(tier)])) as Record<
    DuplicateTier,
    number
  >;
}

function pairAnswer({ tier, score, pixels, a, b }: Duplicate): DuplicatePairAnswer {
  return {
    tier,
    score: rounded(score),
    pixels: pixels
      ? {
          difference: rounded(pixels.difference),
          correlation: rounded(pixels.correlation),
          stretch: rounded(pixels.stretch),
        }
      : null,
    a: itemAnswer(a),
    b: itemAnswer(b),
  };
}
