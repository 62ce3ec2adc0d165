/** What the page asks the server, and the links to it. */
import test from 'ava';
import fc from 'fast-check';
import { searchRequest as apiRequest } from '../../src/server/schemas/search.ts';
import type { Ask, AskedPicture } from '../../web/src/ask/ask.ts';
import { askFor, noConditions, withExample, withoutPicture, withSubject } from '../../web/src/ask/ask.ts';
import { askOf, linkOf } from '../../web/src/ask/link.ts';
import { searchRequest } from '../../web/src/ask/request.ts';

const text = fc.string({ minLength: 1, maxLength: 12, unit: 'grapheme' });
const side = fc.integer({ min: 8, max: 4000 });
const rect = fc.record({ x: side, y: side, width: side, height: side });
const source = fc.oneof(
  fc.record({ kind: fc.constant('item' as const), id: text }),
  fc.record({ kind: fc.constant('url' as const), url: fc.webUrl() }),
);
const subject: fc.Arbitrary<AskedPicture> = fc.record(
  {
    source,
    like: fc.constant(true),
    region: rect,
    ignore: fc.array(rect, { maxLength: 3 }),
    focus: text,
    framed: fc.constant(true as const),
  },
  { requiredKeys: ['source', 'like', 'ignore'] },
);
const scalar = fc.oneof(text, fc.integer(), fc.boolean(), fc.constantFrom('true', '7', 'null'));
const conditions = fc.record({
  values: fc.dictionary(text, fc.uniqueArray(scalar, { minLength: 1, maxLength: 3 }), {
    maxKeys: 3,
    noNullPrototype: true,
  }),
  ranges: fc.dictionary(
    text,
    fc.oneof(fc.record({ min: fc.integer() }), fc.record({ min: fc.integer(), max: fc.integer() })),
    { maxKeys: 2, noNullPrototype: true },
  ),
  minScore: fc.constantFrom(0, 0.25, 0.9),
  byProduct: fc.boolean(),
  closely: fc.constantFrom(undefined, false, true),
  agreeOn: fc.constantFrom(undefined, '', 'category', 'kind of thing'),
});
const examples = fc.array(fc.record({ id: text, like: fc.boolean() }), { maxLength: 3 });
const ask: fc.Arbitrary<Ask> = fc
  .record({ subject, conditions, examples })
  .map(({ subject, conditions, examples }) =>
    examples.reduce<Ask>((last, { id, like }) => withExample(last, id, like), {
      pictures: [subject],
      conditions,
    }),
  );

test('a link says all of a search', (t) => {
  fc.assert(fc.property(ask, (asked) => void t.deepEqual(askOf(linkOf(asked)!), asked)));
  const strange = askOf('like=a&is.__proto__=1&in.__proto__=2..3')!.conditions;
  t.deepEqual(Object.entries(strange.values), [['__proto__', [1]]]);
  t.deepEqual(Object.entries(strange.ranges), [['__proto__', { min: 2, max: 3 }]]);
});

test('a search with a file has no link, and a link of nothing is no search', (t) => {
  t.is(linkOf(askFor({ kind: 'file', file: new Blob(['x']) })), undefined);
  for (const link of ['', 'unlike=a', 'min=0.5', 'region=1,2,3']) t.is(askOf(link), undefined);
  t.deepEqual(askOf('like=a&region=1,2&min=x&in.price=..'), askFor({ kind: 'item', id: 'a' }));
});

test('the server takes every request that the page can make', (t) => {
  fc.assert(
    fc.property(ask, (asked) => {
      const { body, type } = searchRequest(asked, 0, new Map());
      t.is(type, 'application/json');
      const checked = apiRequest.safeParse(JSON.parse(body as string));
      t.true(checked.success, checked.error?.message);
    }),
  );
});

test('files are sent once, and named where they stand', (t) => {
  const [first, second] = [new Blob(['1']), new Blob(['2'])];
  const both: Ask = {
    pictures: [first, second].map((file) => ({ source: { kind: 'file', file }, like: true, ignore: [] })),
    conditions: noConditions,
  };
  const form = searchRequest(both, 0, new Map()).body as FormData;
  const { query } = JSON.parse(form.get('request') as string) as { query: object[] };
  t.deepEqual(query, [{ part: 'image' }, { part: 'image:1', weight: 0.75 }]);
  t.is(form.getAll('image').length, 2);
  const known = new Map([[first, { queryId: 'q_1', picture: 0 }]]);
  const later = searchRequest(both, 24, known).body as FormData;
  t.deepEqual((JSON.parse(later.get('request') as string) as { query: object[] }).query[0], {
    queryId: 'q_1',
    picture: 0,
  });
  t.is(later.getAll('image').length, 1);
});

test('examples: the last word counts, the oldest makes room, the subject stays', (t) => {
  let asked = askFor({ kind: 'item', id: 'subject' });
  asked = withExample(withExample(asked, 'a', true), 'a', false);
  t.deepEqual(
    asked.pictures.map(({ like }) => like),
    [true, false],
  );
  for (const id of 'bcdefghij') asked = withExample(asked, id, true);
  const ids = asked.pictures.map(({ source }) => (source.kind === 'item' ? source.id : ''));
  t.deepEqual(ids, ['subject', 'd', 'e', 'f', 'g', 'h', 'i', 'j']);
  t.is(withoutPicture(asked, 1).pictures.length, 7);
  const part = { x: 1, y: 2, width: 30, height: 40 };
  const limited = withSubject(asked, { region: part, ignore: [] });
  t.deepEqual(limited.pictures[0], {
    source: { kind: 'item', id: 'subject' },
    like: true,
    region: part,
    ignore: [],
  });
  t.is(limited.pictures.length, asked.pictures.length);
});
