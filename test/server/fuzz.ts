/** Whatever is sent, the answer is one that /openapi.json names: requests made from the document itself, and spoilt. */
import fc from 'fast-check';
import { draw, startServer, type Loose, test } from './support.ts';

/** Requests of each route. More in a nightly run: FUZZ_RUNS=1000. */
const numRuns = Number(process.env['FUZZ_RUNS'] ?? 12);

test('arbitrary parameters and bodies get documented answers', async (t) => {
  const server = await startServer(t, { limits: { pictureBytes: 200_000 } });
  const document: Loose = await (await fetch(`${server.url}/openapi.json`)).json();
  const picture = (await draw('circle', 'red')).toString('base64');
  const known = { ids: ['shapes/circle-red.png', 'shapes/cross-blue.png'], picture };
  let answered = 0;
  for (const [path, operations] of Object.entries<Loose>(document.paths)) {
    for (const [method, operation] of Object.entries<Loose>(operations)) {
      const request = requestOf(document, { path, method, operation }, known);
      await fc.assert(
        fc.asyncProperty(request, async ({ route, init }) => {
          // `ask` checks status, media type and body against the document.
          const { status } = await server.ask(route, init);
          t.not(status, 500, `${method} ${route} ${JSON.stringify(init).slice(0, 500)}`);
          if (status < 300) answered++;
        }),
        { numRuns, endOnFailure: true },
      );
    }
  }
  t.is((await server.ask('/healthz')).status, 200);
  t.true(answered > 3 * numRuns, `only ${answered} requests were good ones`);
});

interface Operation {
  readonly path: string;
  readonly method: string;
  readonly operation: Loose;
}

interface Known {
  readonly ids: readonly string[];
  readonly picture: string;
}

interface Request {
  readonly route: string;
  readonly init: RequestInit;
}

function requestOf(
  document: Loose,
  { path, method, operation }: Operation,
  known: Known,
): fc.Arbitrary<Request> {
  const values = new Values(document, known);
  const parameters: Loose[] = operation.parameters ?? [];
  const inPath = parameters.filter((parameter) => parameter.in === 'path');
  const inQuery = parameters.filter((parameter) => parameter.in === 'query');
  const named = (list: Loose[], keep: string[]): fc.Arbitrary<Record<string, string>> =>
    fc.record<Record<string, string>>(
      Object.fromEntries(list.map(({ name, schema }) => [name, values.text(name, schema)])),
      { requiredKeys: keep },
    );
  return fc
    .record({
      params: named(
        inPath,
        inPath.map(({ name }) => name),
      ),
      // Most are optional, and what is left out cannot be wrong.
      query: fc.oneof(
        { weight: 1, arbitrary: fc.constant({}) },
        { weight: 2, arbitrary: named(inQuery, []) },
      ),
      body: operation.requestBody ? values.body(operation.requestBody) : fc.constant(undefined),
    })
    .map(({ params, query, body }) => {
      let route = path;
      for (const [name, value] of Object.entries(params))
        route = route.replace(`{${name}}`, segmentOf(value));
      const search = new URLSearchParams(query as Record<string, string>);
      const headers = body ? { 'content-type': body.type } : {};
      const init = { method: method.toUpperCase(), headers, ...(body ? { body: body.content } : {}) };
      return { route: search.size > 0 ? `${route}?${search.toString()}` : route, init };
    });
}

/** As a part of a path: an empty one, or dots, would make another path. */
function segmentOf(value: string): string {
  return /^\.{0,2}$/.test(value) ? '%20' : encodeURIComponent(value);
}

interface Body {
  readonly type: string;
  readonly content: string | Uint8Array<ArrayBuffer>;
}

/** Values that fit a schema, and some that do not. */
class Values {
  readonly #document: Loose;
  readonly #known: Known;

  constructor(document: Loose, known: Known) {
    this.#document = document;
    this.#known = known;
  }

  body({ content }: Loose): fc.Arbitrary<Body> {
    return fc.constantFrom(...Object.keys(content)).chain((type): fc.Arbitrary<Body> => {
      if (type.includes('json') && !type.includes('ndjson'))
        return this.of('', content[type].schema).map((value) => ({ type, content: JSON.stringify(value) }));
      if (type.includes('ndjson'))
        return fc
          .array(
            fc.oneof(
              this.of('', content[type].schema).map((value) => JSON.stringify(value)),
              fc.string(),
            ),
            {
              maxLength: 4,
            },
          )
          .map((lines) => ({ type, content: lines.join('\n') }));
      const bytes = fc.oneof(
        fc.constant(Uint8Array.from(Buffer.from(this.#known.picture, 'base64'))),
        fc.uint8Array({ maxLength: 200 }).map((array) => Uint8Array.from(array)),
      );
      const sent = type === 'image/*' ? 'image/png' : type;
      return bytes.map((content) => ({ type: sent, content }));
    });
  }

  text(name: string, schema: Loose): fc.Arbitrary<string> {
    return this.of(name, schema).map((value) =>
      typeof value === 'string' ? value : (JSON.stringify(value) ?? ''),
    );
  }

  of(name: string, schema: Loose, depth = 0): fc.Arbitrary<unknown> {
    const fitting = this.#fitting(name, schema, depth);
    return fc.oneof(
      { weight: 12, arbitrary: fitting },
      { weight: 1, arbitrary: fc.jsonValue({ maxDepth: 2 }) },
    );
  }

  #fitting(name: string, schema: Loose, depth: number): fc.Arbitrary<unknown> {
    if (schema.$ref) return this.of(name, this.#referred(schema.$ref), depth + 1);
    const either = schema.anyOf ?? schema.oneOf;
    if (either) return fc.oneof(...either.map((one: Loose) => this.of(name, one, depth + 1)));
    if (schema.enum) return fc.constantFrom(...schema.enum);
    if (schema.const !== undefined) return fc.constant(schema.const);
    if (schema.type === 'object') return this.#object(schema, depth);
    if (schema.type === 'array' && depth < 6)
      return fc.array(this.of(name, schema.items ?? {}, depth + 1), { maxLength: 3 });
    if (schema.type === 'boolean') return fc.boolean();
    if (schema.type === 'integer' || schema.type === 'number') return numberOf(schema);
    if (schema.type === 'string' || schema.pattern) return this.#string(name);
    return fc.oneof(
      fc.integer({ min: 0, max: 9 }).map(String),
      this.#string(name),
      fc.constant('{"price":{"lt":9}}'),
    );
  }

  #object({ properties = {}, required = [] }: Loose, depth: number): fc.Arbitrary<unknown> {
    const entries = Object.entries<Loose>(properties);
    if (entries.length === 0)
      return fc.dictionary(fc.string({ maxLength: 8 }), fc.jsonValue({ maxDepth: 1 }), { maxKeys: 3 });
    const model = Object.fromEntries(
      entries.map(([name, schema]) => [name, this.of(name, schema, depth + 1)]),
    );
    const some = fc.record(model, { requiredKeys: required as string[] });
    // Of sources a picture takes exactly one: by chance that hardly ever happens.
    if (!('item' in properties)) return some;
    return fc.oneof(some, fc.record({ item: fc.constantFrom(...this.#known.ids) }));
  }

  #string(name: string): fc.Arbitrary<string> {
    const { ids, picture } = this.#known;
    const any = fc.oneof(fc.string({ maxLength: 20 }), fc.string({ unit: 'binary', maxLength: 12 }));
    if (/id$|^item|^[ab]$|focus/i.test(name))
      return fc.oneof(fc.constantFrom(...ids, ...ids.map((id) => `item:${id}`)), any);
    if (name === 'image') return fc.oneof(fc.constant(picture), any);
    if (name === 'method' || name === 'methods') return fc.oneof(fc.constantFrom('match', 'gradient'), any);
    return any;
  }

  #referred(reference: string): Loose {
    return this.#document.components.schemas[reference.split('/').at(-1)!];
  }
}

function numberOf({ type, minimum = -5, maximum = 400 }: Loose): fc.Arbitrary<number> {
  const [min, max] = [Math.max(minimum, -1e4), Math.min(maximum, 1e4)];
  const fitting =
    type === 'integer' ? fc.integer({ min, max: Math.min(max, min + 50) }) : fc.double({ min, max });
  return fc.oneof({ weight: 8, arbitrary: fitting }, { weight: 1, arbitrary: fc.double() });
}
