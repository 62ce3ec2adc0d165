/** /docs: the OpenAPI document for people, as one page without scripts. */
import type { Route } from './route.ts';

export const docsStyle = `
body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; color-scheme: light dark; }
code { font: 0.9em ui-monospace, monospace; }
h2 { margin-top: 2.5rem; }
article { border-top: 1px solid #8886; padding: 0.75rem 0; }
h3 { margin: 0; font-weight: 600; }
p { margin: 0.25rem 0; }
.method { display: inline-block; min-width: 4.5rem; text-transform: uppercase; }
table { border-collapse: collapse; }
td { padding: 0 1rem 0 0; vertical-align: top; }
`;

interface Parameter {
  readonly name: string;
  readonly in: string;
  readonly description?: string;
  readonly schema: {
    readonly enum?: readonly unknown[];
    readonly minimum?: number;
    readonly maximum?: number;
    readonly default?: string | number | boolean;
  };
}

export function docsPage(routes: readonly Route[], document: Record<string, unknown>): string {
  const tags = [...new Set(routes.map(({ tag }) => tag))];
  const paths = document['paths'] as Record<string, Record<string, { parameters: Parameter[] }>>;
  const sections = tags.map((tag) => {
    const articles = routes
      .filter((route) => route.tag === tag)
      .map((route) => article(route, paths[route.path]![route.method]!.parameters));
    return `<section><h2 id="${escape(tag)}">${escape(tag)}</h2>${articles.join('')}</section>`;
  });
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>whymatch API</title>
<meta name="viewport" content="width=device-width, initial-scale=1"><link rel="icon" href="/icon.svg" type="image/svg+xml"><link rel="stylesheet" href="/docs/style.css"></head>
<body><main><h1>whymatch API</h1>
<p>For programs: <a href="/openapi.json">/openapi.json</a> (OpenAPI 3.1), with the schemas of all bodies.</p>
${sections.join('\n')}</main></body></html>
`;
}

function article(
  { method, path, operationId, summary, description, scope, body, answers, problems = [] }: Route,
  parameters: readonly Parameter[],
): string {
  const rows = parameters.map(
    (parameter) =>
      `<tr><td><code>${escape(parameter.name)}</code></td><td>${escape(parameter.in)}</td><td>${prose(parameter.description ?? '')} ${escape(limitsOf(parameter))}</td></tr>`,
  );
  const types = body
    ? `<p>Body: ${Object.keys(body.content).map(code).join(', ')}. ${prose(body.description)}</p>`
    : '';
  const statuses = [...Object.keys(answers), ...problems].map(code).join(', ');
  return `<article id="${escape(operationId)}"><h3><code><span class="method">${method}</span>${escape(path)}</code></h3>
<p>${prose(summary)}${summary.endsWith('?') ? '' : '.'} ${prose(description ?? '')}</p>${rows.length > 0 ? `<table>${rows.join('')}</table>` : ''}${types}
<p>Answers: ${statuses}. Scope: ${escape(scope)}.</p></article>`;
}

/** "(1 to 200; 50 when absent)" */
function limitsOf({ schema }: Parameter): string {
  const { minimum, maximum } = schema;
  const limits = [
    ...(schema.enum ? [schema.enum.join(', ')] : []),
    ...(minimum !== undefined && maximum !== undefined ? [`${minimum} to ${maximum}`] : []),
    ...(schema.default === undefined ? [] : [`${schema.default} when absent`]),
  ];
  return limits.length > 0 ? `(${limits.join('; ')})` : '';
}

/** Text with names between backticks. */
const prose = (text: string): string => escape(text).replaceAll(/`([^`]+)`/g, '<code>$1</code>');

const code = (text: string | number): string => `<code>${escape(String(text))}</code>`;

function escape(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}
