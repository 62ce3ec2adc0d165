/** The OpenAPI 3.1 document, made from the routes and the schemas that check requests. */
import { STATUS_CODES } from 'node:http';
import { z } from 'zod';
import type { Content, Route } from './route.ts';
import { components, problem, writtenAs } from './schemas/common.ts';
import { packageVersion } from '../app/version.ts';

type JsonObject = Record<string, unknown>;

const tags = {
  search: 'Finding items that look like pictures.',
  explanations: 'Why a hit matched.',
  items: 'The pictures of the catalogue.',
  service: 'The catalogue as a whole, and the server.',
};

/** Refusals that every route may answer with; those with keys also 401 and 403. */
const common = [400, 429, 500, 503];

export function openApiDocument(routes: readonly Route[]): JsonObject {
  const paths: Record<string, JsonObject> = {};
  for (const route of routes) {
    paths[route.path] = { ...paths[route.path], [route.method]: operation(route) };
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'whymatch',
      version: packageVersion(),
      summary: 'Image search that shows why it matched.',
      description:
        'Search a catalogue of pictures with a picture, and get for every hit the pixels that made the two similar.',
      license: { name: 'MIT', identifier: 'MIT' },
    },
    servers: [{ url: '/', description: 'This server.' }],
    tags: Object.entries(tags).map(([name, description]) => ({ name, description })),
    security: [{ bearer: [] }, { apiKey: [] }, {}],
    paths,
    components: {
      schemas: componentSchemas(),
      securitySchemes: {
        bearer: { type: 'http', scheme: 'bearer' },
        apiKey: { type: 'apiKey', in: 'header', name: 'X-Api-Key' },
      },
    },
  };
}

function operation(route: Route): JsonObject {
  const {
    operationId,
    tag,
    summary,
    description,
    scope,
    params,
    query,
    body,
    answers,
    problems = [],
  } = route;
  const withKey = scope === 'public' ? [] : [401, 403];
  const refusals = [...new Set([...common, ...withKey, ...problems])].filter(
    (status) => !(status in answers),
  );
  return {
    operationId,
    tags: [tag],
    summary,
    ...(description === undefined ? {} : { description }),
    ...(scope === 'public' ? { security: [] } : {}),
    parameters: [...parameters(params, 'path'), ...parameters(query, 'query')],
    ...(body
      ? {
          requestBody: {
            description: body.description,
            required: body.required,
            content: contentOf(body.content, 'input'),
          },
        }
      : {}),
    responses: Object.fromEntries([
      ...Object.entries(answers).map(([status, answer]) => [
        status,
        {
          description: answer.description,
          ...(answer.content ? { content: contentOf(answer.content, 'output') } : {}),
        },
      ]),
      ...refusals.map((status) => [status, refusal(status)]),
    ]) as JsonObject,
  };
}

const refusal = (status: number): JsonObject => ({
  description: STATUS_CODES[status]!,
  content: { 'application/problem+json': { schema: schemaOf(problem, 'output') } },
});

function contentOf(content: Content, io: 'input' | 'output'): JsonObject {
  return Object.fromEntries(
    Object.entries(content).map(([type, schema]) => [
      type,
      typeof schema === 'string'
        ? { schema: type.startsWith('text/') ? { type: 'string', description: schema } : binary(schema) }
        : { schema: schemaOf(schema, io) },
    ]),
  );
}

/** As OpenAPI 3.1 writes bytes that are not JSON. */
const binary = (description: string): JsonObject => ({
  description,
  contentMediaType: 'application/octet-stream',
});

/** Each property of an object schema as a parameter. */
function parameters(schema: z.ZodType | undefined, place: 'path' | 'query'): JsonObject[] {
  if (!schema) return [];
  const { properties = {}, required = [] } = schemaOf(schema, 'input') as {
    properties?: Record<string, JsonObject>;
    required?: string[];
  };
  return Object.entries(properties).map(([name, { description, ...schema }]) => ({
    name,
    in: place,
    required: place === 'path' || required.includes(name),
    ...(description === undefined ? {} : { description }),
    schema,
  }));
}

/** JSON Schema of a schema, with references to the named ones. */
function schemaOf(schema: z.ZodType, io: 'input' | 'output'): JsonObject {
  const id = components.get(schema)?.id;
  if (id !== undefined) return { $ref: reference(id) };
  const {
    $schema: _,
    $defs: _defs,
    ...inline
  } = z.toJSONSchema(schema, { io, metadata: components, ...look }) as JsonObject;
  return relinked(inline) as JsonObject;
}

/** Named schemas: what goes in is named by requests only, what comes out by answers only, so each has one form. */
function componentSchemas(): JsonObject {
  const { schemas } = z.toJSONSchema(components, { io: 'input', uri: reference, ...look });
  return Object.fromEntries(
    Object.entries(schemas).map(([id, schema]) => {
      const { $schema: _, $id: _id, id: _name, ...rest } = schema as JsonObject;
      return [id, rest];
    }),
  );
}

/** What JSON Schema cannot say (a refinement, a transformation) is left out of it. */
const look = {
  unrepresentable: 'any',
  // `components` takes the place of the registry that has the descriptions.
  override: ({ zodSchema, jsonSchema }: { zodSchema: object; jsonSchema: object }) =>
    void Object.assign(jsonSchema, writtenAs.get(zodSchema), describedAs(zodSchema)),
} as const;

function describedAs(schema: object): JsonObject {
  const { description } = schema as z.ZodType;
  return description === undefined ? {} : { description };
}

const reference = (id: string): string => `#/components/schemas/${id}`;

/** References into $defs, which the components replace. */
function relinked(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(relinked);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([name]) => name !== 'id' || typeof value !== 'object' || !('$ref' in value))
      .map(([name, inner]) => [
        name,
        name === '$ref' && typeof inner === 'string'
          ? inner.replace('#/$defs/', '#/components/schemas/')
          : relinked(inner),
      ]),
  );
}
