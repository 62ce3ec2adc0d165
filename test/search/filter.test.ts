import test from 'ava';
import fc from 'fast-check';
import { AppError } from '../../src/core/errors.ts';
import type { Json, Metadata } from '../../src/core/item.ts';
import { filterLimits, parseFilter, parseFilterText } from '../../src/search/filter.ts';
import { filterSql } from '../../src/search/filter-sql.ts';
import { matches } from './naive-filter.ts';
import { newItem, newItems, openSmall, smallIndex, temporaryPath, unitVector } from './support.ts';

const refused: readonly (readonly [Json, string, RegExp])[] = [
  ['shoes', '$', /expected an object, received "shoes".*\{"category": "shoes"\}/],
  [[], '$', /expected an object/],
  [null, '$', /received null/],
  [{ price: { gteq: 10 } }, '$.price.gteq', /received "gteq"\. Did you mean "gte"\?/],
  [{ price: { $lt: 10 } }, '$.price["$lt"]', /Did you mean "lt"\?/],
  [{ size: { eu: 40 } }, '$.size.eu', /\{"\/size\/eu": 40\}/],
  [{ colour: ['red'] }, '$.colour', /\{"in": \[\.\.\.\]\}/],
  [{ colour: {} }, '$.colour', /Operators are eq, ne/],
  [{ colour: { in: 'red' } }, '$.colour.in', /expected a list, received "red"/],
  [{ colour: { in: ['red', ['blue']] } }, '$.colour.in[1]', /received \["blue"\]/],
  [{ price: { lt: true } }, '$.price.lt', /Only numbers and text have an order/],
  [{ price: { gt: null } }, '$.price.gt', /received null/],
  [{ price: { eq: { a: 1 } } }, '$.price.eq', /received \{"a":1\}/],
  [{ price: { exists: 1 } }, '$.price.exists', /expected true or false, received 1/],
  [{ or: [] }, '$.or', /expected a list of filters, received \[\]/],
  [{ or: { a: 1 } }, '$.or', /for a field of that name write "\/or"/],
  [{ and: [{ a: 1 }, { or: [{ b: { like: 1 } }] }] }, '$.and[1].or[0].b.like', /expected an operator/],
  [{ not: 5 }, '$.not', /expected an object, received 5/],
  [{ 'my field': { lte: false } }, '$["my field"].lte', /received false/],
  [{ a: '\ud800' }, '$.a', /expected text/],
  [{ a: { in: Array.from({ length: filterLimits.values + 1 }, (_, i) => i) } }, '$.a.in', /10001/],
];

test('every error of the grammar says where it is and what to do', (t) => {
  for (const [filter, path, message] of refused) {
    const error = t.throws(() => parseFilter(filter), { instanceOf: AppError });
    t.is(error.code, 'FILTER_INVALID');
    t.is(error.details['path'], path);
    t.true(String(error.details['hint']).length > 10);
    t.true(error.message.includes(` at ${path}: `), error.message);
    t.regex(error.message, message);
  }
});

test('text that is no JSON is an error with its place and with quotes for the shell', (t) => {
  const error = t.throws(() => parseFilterText("{category: 'shoes'}"), { code: 'FILTER_INVALID' });
  t.regex(error.message, /expected JSON.*position 1.*'\{"category": "shoes"\}'/);
});

test('filters that are too deep or too long are refused', (t) => {
  const deep = (levels: number): Json => (levels === 0 ? { a: 1 } : { not: deep(levels - 1) });
  t.notThrows(() => parseFilter(deep(filterLimits.depth - 1)));
  t.throws(() => parseFilter(deep(filterLimits.depth)), { code: 'FILTER_INVALID', message: /levels/ });
  const long = (count: number) => ({ or: Array.from({ length: count }, (_, i) => ({ a: i })) });
  t.notThrows(() => parseFilter(long(filterLimits.conditions)));
  t.throws(() => parseFilter(long(filterLimits.conditions + 1)), { message: /conditions/ });
});

test('whatever is parsed as a filter is one, or an error with a place that exists in it and a hint', (t) => {
  const key = fc.constantFrom('and', 'or', 'not', 'eq', 'in', 'lt', 'exists', 'contains', 'price', 'a b', '');
  const { json: any } = fc.letrec<{ json: Json }>((tie) => ({
    json: fc.oneof(
      { depthSize: 'medium', withCrossShrink: true },
      fc.jsonValue({ maxDepth: 1 }) as fc.Arbitrary<Json>,
      fc.dictionary(key, tie('json'), { maxKeys: 3 }) as fc.Arbitrary<Json>,
      fc.array(tie('json'), { maxLength: 3 }),
    ),
  }));
  let refused = 0;
  fc.assert(
    fc.property(any, (value) => {
      try {
        parseFilter(value);
      } catch (error) {
        refused++;
        const { code, details } = error as AppError;
        t.is(code, 'FILTER_INVALID');
        t.true(String(details['hint']).length > 10);
        const steps = String(details['path']).match(/\.[A-Za-z_]\w*|\[(?:\d+|"(?:[^"\\]|\\.)*")\]/g) ?? [];
        t.is(`$${steps.join('')}`, String(details['path']));
        let at: unknown = value;
        for (const step of steps) {
          const name = step.startsWith('.') ? step.slice(1) : String(JSON.parse(step.slice(1, -1)));
          t.true(typeof at === 'object' && at !== null && Object.hasOwn(at, name), String(details['path']));
          at = (at as Record<string, unknown>)[name];
        }
      }
    }),
    { numRuns: 500 },
  );
  t.true(refused > 100);
});

const names = [
  'a',
  'b',
  'size',
  'id',
  'product_id',
  '/size/eu',
  '/and',
  '/x~1y/"q"',
  'DROP TABLE items; --',
  'a.b',
];
const scalar = fc.oneof(
  fc.integer({ min: -3, max: 3 }),
  fc.constantFrom(0.5, -0, 1e300, 5e-324, 2 ** 60),
  fc.constantFrom('', 'x', 'X', 'é', '👟', '\uffff', "'", '"', 'i3', 'p1', '5', 'true', 'null', '\u0000'),
  fc.boolean(),
  fc.constant(null),
) as fc.Arbitrary<string | number | boolean | null>;
const ordered = scalar.filter((value) => typeof value === 'number' || typeof value === 'string');
const condition: fc.Arbitrary<Json> = fc.oneof(
  scalar,
  fc
    .record(
      {
        eq: scalar,
        ne: scalar,
        gt: ordered,
        gte: ordered,
        lt: ordered,
        lte: ordered,
        in: fc.array(scalar, { maxLength: 4 }),
        contains: scalar,
        exists: fc.boolean(),
      },
      { requiredKeys: [] },
    )
    .filter((operators) => Object.keys(operators).length > 0) as fc.Arbitrary<Json>,
);
const { filter: anyFilter } = fc.letrec<{ filter: Metadata }>((tie) => ({
  filter: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.dictionary(fc.constantFrom(...names), condition, { maxKeys: 2 }) as fc.Arbitrary<Metadata>,
    fc.record({ and: fc.array(tie('filter'), { minLength: 1, maxLength: 3 }) }) as fc.Arbitrary<Metadata>,
    fc.record({ or: fc.array(tie('filter'), { minLength: 1, maxLength: 3 }) }) as fc.Arbitrary<Metadata>,
    fc.record({ not: tie('filter') }) as fc.Arbitrary<Metadata>,
  ),
}));
const value: fc.Arbitrary<Json> = fc.oneof(
  scalar,
  fc.array(scalar, { maxLength: 3 }),
  fc.record({ eu: scalar, '"q"': scalar }, { requiredKeys: [] }) as fc.Arbitrary<Metadata>,
);
const anyMetadata = fc.dictionary(
  fc.constantFrom('a', 'b', 'size', 'and', 'x/y', 'id', 'DROP TABLE items; --', 'a.b'),
  value,
  { maxKeys: 5 },
) as fc.Arbitrary<Metadata>;

test('a filter finds what it means, with an index and without, through HNSW and past it', async (t) => {
  const indexed = ['a', 'size', '/size/eu', '/x~1y/"q"', '/and', 'DROP TABLE items; --'];
  const run = fc.record({
    rows: fc.array(fc.tuple(anyMetadata, fc.constantFrom(null, 'p1', 'p2')), { minLength: 1, maxLength: 60 }),
    filters: fc.array(anyFilter, { minLength: 1, maxLength: 6 }),
    indexFirst: fc.boolean(),
    k: fc.integer({ min: 1, max: 12 }),
    offset: fc.constantFrom(0, 0, 3),
  });
  const methods = { hnsw: 0, exact: 0 };
  await fc.assert(
    fc.asyncProperty(run, async ({ rows, filters, indexFirst, k, offset }) => {
      const items = rows.map(([metadata, productId], i) =>
        newItem(`i${i}`, i, { metadata: JSON.parse(JSON.stringify(metadata)), productId }),
      );
      const catalog = openSmall(t, temporaryPath(t), {
        create: true,
        index: { ...smallIndex, exactUpTo: 5 },
      });
      if (indexFirst) for (const name of indexed) catalog.fieldIndexes.add(name);
      catalog.put(items.map((item) => ({ ...item, metadata: { a: 'old' } })));
      catalog.put(items);
      await catalog.saveIndex();
      for (const filter of filters) {
        const query = unitVector(1000);
        const expected = items.filter((item) => matches(filter, item)).map(({ id }) => id);
        for (const exact of [false, true]) {
          const found = await catalog.search(query, { filter, k: 100, exact });
          t.deepEqual(found.hits.map(({ item }) => item.id).sort(), expected.sort(), JSON.stringify(filter));
          t.is(found.matching, expected.length);
        }
        const all = (await catalog.search(query, { filter, k: 100, exact: true })).hits;
        // A small ef makes the index the cheaper way even here.
        for (const ef of [1, undefined]) {
          const page = await catalog.search(query, { filter, k, offset, ef });
          t.deepEqual(page.hits, all.slice(offset, offset + k));
          methods[page.method]++;
        }
        // The second round meets the fields indexed.
        if (!indexFirst) for (const name of indexed) catalog.fieldIndexes.add(name);
      }
      catalog.close();
    }),
    { numRuns: 60 },
  );
  t.log(methods);
  t.true(methods.hnsw > 5 && methods.exact > 5);
});

test('with many matches the page comes through HNSW, and is the exact one', async (t) => {
  const catalog = openSmall(t, temporaryPath(t));
  catalog.put(
    newItems(0, 1500).map((item, i) => ({ ...item, metadata: { group: i % 10, even: i % 2 === 0 } })),
  );
  await catalog.saveIndex();
  const methods = new Set<string>();
  for (let seed = 0; seed < 30; seed++) {
    for (const filter of [
      { even: true },
      { group: { lt: 7 } },
      { group: 3 },
      { id: { in: ['i5', 'i900', 'none'] } },
    ]) {
      const found = await catalog.search(unitVector(5000 + seed), { filter, ef: 100 });
      methods.add(`${Object.keys(filter)[0]}-${found.method}`);
      const exact = await catalog.search(unitVector(5000 + seed), { filter, exact: true });
      t.deepEqual(found.hits, exact.hits);
    }
  }
  t.deepEqual([...methods].sort(), ['even-hnsw', 'group-exact', 'group-hnsw', 'id-exact']);
});

test('a filter sees changes of items and of indexes, also by another process’s connection', async (t) => {
  const path = temporaryPath(t);
  const catalog = openSmall(t, path);
  catalog.put(newItems(0, 20));
  const reader = openSmall(t, path, { readonly: true });
  const found = async () =>
    (await reader.search(unitVector(1), { filter: { colour: 'red' } })).hits.map(({ item }) => item.id);
  t.deepEqual(await found(), []);
  catalog.put([newItem('i7', 7, { metadata: { colour: 'red' } })]);
  t.deepEqual(await found(), ['i7']);
  t.true(catalog.fieldIndexes.add('colour'));
  t.false(catalog.fieldIndexes.add('colour'));
  t.false(catalog.fieldIndexes.add('product_id'));
  t.deepEqual(reader.fieldIndexes.names(), ['colour']);
  t.deepEqual(await found(), ['i7']);
  catalog.put([
    newItem('i7', 77, { metadata: { colour: 'blue' } }),
    newItem('x', 3, { metadata: { colour: 'red' } }),
  ]);
  t.deepEqual(await found(), ['x']);
  catalog.delete(['x']);
  t.deepEqual(await found(), []);
  t.true(catalog.fieldIndexes.remove('colour'));
  t.false(catalog.fieldIndexes.remove('colour'));
  t.deepEqual(reader.fieldIndexes.names(), []);
});

test('what a filter lets through of many items is found beside the event loop, once, and follows every change', async (t) => {
  const path = temporaryPath(t);
  const catalog = openSmall(t, path);
  const state = new Map<string, string>();
  const put = (from: number, to: number, colour: string) => {
    const items = newItems(from, to).map((item) => ({ ...item, metadata: { colour } }));
    for (const { id } of items) state.set(id, colour);
    catalog.put(items);
  };
  put(0, 3000, 'blue');
  put(100, 180, 'red');
  const reader = openSmall(t, path, { readonly: true });
  const filter = { colour: 'red' };
  const isRight = async () => {
    const expected = [...state].filter(([, colour]) => colour === 'red').map(([id]) => id);
    for (const from of [catalog, reader]) {
      const { hits, matching } = await from.search(unitVector(1), { filter, k: 3000, exact: true });
      t.deepEqual(hits.map(({ item }) => item.id).sort(), expected.sort());
      t.is(matching, expected.length);
    }
  };
  let turns = 0;
  const turning = setInterval(() => turns++, 1);
  // The changes come while the filter is being carried out.
  const first = reader.search(unitVector(1), { filter, k: 3000, exact: true });
  put(50, 120, 'red');
  t.is((await first).matching, 130);
  clearInterval(turning);
  t.true(turns > 0, `${turns} turns of the event loop while a thread looked at all items`);

  await isRight();
  put(110, 150, 'blue');
  await isRight();
  // The same pictures with other metadata, other pictures, and none any more.
  catalog.put([
    newItem('i60', 60, { metadata: { colour: 'blue' } }),
    newItem('i61', 999, { metadata: filter }),
  ]);
  state.set('i60', 'blue');
  catalog.delete(['i62', 'i2000']);
  for (const id of ['i62', 'i2000']) state.delete(id);
  await isRight();
  // More changes than a search follows in one go.
  put(3000, 5000, 'red');
  put(0, 1000, 'red');
  await isRight();
  // Removals are forgotten: the sets have to be found anew.
  catalog.delete(['i3001', 'i3002']);
  for (const id of ['i3001', 'i3002']) state.delete(id);
  await catalog.saveIndex();
  await catalog.compact();
  await isRight();
  const isRed = await reader.matcher(filter);
  t.deepEqual(['i60', 'i61', 'i3001', 'i3003', 'none'].map(isRed), [true, true, false, true, false]);
});

test('a catalogue that is closed while a filter is carried out ends the search', async (t) => {
  const catalog = openSmall(t, temporaryPath(t));
  catalog.put(newItems(0, 3000));
  const search = catalog.search(unitVector(1), { filter: { colour: 'red' } });
  catalog.close();
  await t.throwsAsync(search, { message: /close\(\) has been called/ });
});

test('names of indexed fields come back as filters have them', (t) => {
  const catalog = openSmall(t, temporaryPath(t));
  const fields = ['price', '/size/eu', '/and', '//', 'a~b/c', 'a "quoted" \\ name', 'a/b'];
  for (const name of fields) t.true(catalog.fieldIndexes.add(name));
  t.deepEqual(catalog.fieldIndexes.names(), [...fields].sort());
});

test('the SQL of a filter holds nothing of its names and values', (t) => {
  const word = fc.stringMatching(/^zq[a-z'"$;-]{1,12}$/);
  const filter = fc.tuple(word, word, word).map(([name, a, b]) => ({
    or: [
      { [name]: a },
      { [`/${name}/${a}`]: { in: [b, 987_654, null], lt: b } },
      { id: { contains: b, gt: a } },
    ],
    not: { [a]: { contains: name, exists: false } },
  }));
  fc.assert(
    fc.property(filter, fc.boolean(), (value, isIndexed) => {
      const { text } = filterSql(parseFilter(value), () => (isIndexed ? 123_456 : undefined));
      t.notRegex(text, /zq|987|123|"/);
    }),
  );
});
