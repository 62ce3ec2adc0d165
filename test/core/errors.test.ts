import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import test from 'ava';
import type { ErrorCode } from '../../src/core/errors.ts';
import {
  AppError,
  errorCodes,
  exitCodes,
  messageOf,
  systemCode,
  throwIfAborted,
} from '../../src/core/errors.ts';
import { checkout } from '../support/checkout.ts';

const root = checkout();
const codes = Object.keys(errorCodes) as ErrorCode[];

/** docs/errors.md, from the table. Refresh the file with: UPDATE=1 npx ava test/core/errors.test.ts */
function documentation(): string {
  const kinds = Object.entries(exitCodes).map(([kind, exitCode]) => {
    const own = codes.filter((code) => errorCodes[code][0] === kind);
    const lines = own.map((code) => `- \`${code}\`: ${errorCodes[code][1]}`);
    return own.length === 0 ? [] : [`## ${kind} (exit code ${exitCode})`, lines.join('\n')];
  });
  return [
    '# Errors',
    `Every failure that whymatch reports on purpose has one of these codes: in the \`code\` of an \`AppError\` and in the JSON of the
command line and the server. Codes are stable, sentences may change. A command that fails exits with the number of the error’s
kind; 0 is success, ${exitCodes.partial} means that the run ended but some items failed and are listed, and ${exitCodes.unexpected} is anything else.`,
    ...kinds.flat(),
    'This page is made from the table in src/core/errors.ts; a test holds the two together.',
  ]
    .join('\n\n')
    .concat('\n');
}

test('docs/errors.md lists exactly the codes of the table', (t) => {
  const file = path.join(root, 'docs', 'errors.md');
  if (process.env['UPDATE']) writeFileSync(file, documentation());
  t.is(readFileSync(file, 'utf8'), documentation(), 'refresh with UPDATE=1 npx ava test/core/errors.test.ts');
});

test('every code that the source throws is in the table', (t) => {
  const files = readdirSync(path.join(root, 'src'), { recursive: true, encoding: 'utf8' }).filter((file) =>
    file.endsWith('.ts'),
  );
  const thrown = files.flatMap((file) => {
    const source = readFileSync(path.join(root, 'src', file), 'utf8');
    return Array.from(source.matchAll(/new AppError\(\s*'(\w+)'/g), ([, code]) => `${code} in ${file}`);
  });
  t.true(thrown.length > 20);
  t.deepEqual(
    thrown.filter((place) => !codes.some((code) => place.startsWith(`${code} `))),
    [],
  );
});

test('codes and sentences have one form', (t) => {
  for (const code of codes) {
    t.regex(code, /^[A-Z]+(_[A-Z]+)*$/);
    t.regex(errorCodes[code][1], /^[A-Z].*[^.]\.?$/s);
  }
});

test('an AppError carries its code, facts, cause and exit code', (t) => {
  const cause = new Error('below');
  const error = new AppError('MODEL_INVALID', 'expected a model', { cause, details: { file: 'x' } });
  t.true(error instanceof Error);
  t.like(error, { name: 'AppError', code: 'MODEL_INVALID', message: 'expected a model', cause, exitCode: 5 });
  t.deepEqual(error.details, { file: 'x' });
  const bare = new AppError('USAGE', 'wrong');
  t.is(bare.exitCode, 2);
  t.deepEqual(bare.details, {});
  t.false('cause' in bare);
  t.is(new Set(Object.values(exitCodes)).size, Object.keys(exitCodes).length);
});

test('anything that was thrown has a message, system errors a code', (t) => {
  t.is(messageOf(new Error('no')), 'no');
  t.is(messageOf('text'), 'text');
  t.is(messageOf(undefined), 'undefined');
  const missing = t.throws(() => readFileSync(path.join(root, 'no', 'such', 'file')));
  t.is(systemCode(missing), 'ENOENT');
  t.is(systemCode(new Error('plain')), undefined);
  t.is(systemCode('text'), undefined);
});

test('a signal that has fired stops the work with its reason', (t) => {
  t.notThrows(() => throwIfAborted(undefined));
  const controller = new AbortController();
  t.notThrows(() => throwIfAborted(controller.signal));
  controller.abort(new Error('enough'));
  const error = t.throws(() => throwIfAborted(controller.signal), { code: 'ABORTED' });
  t.is(messageOf(error.cause), 'enough');
});
