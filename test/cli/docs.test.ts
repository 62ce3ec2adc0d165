/** docs/cli.md says what the program says. UPDATE=1 writes it anew. */
import { readFileSync, writeFileSync } from 'node:fs';
import test from 'ava';
import type { Command } from 'commander';
import { commandsOf, createProgram, pathOf } from '../../src/cli/program.ts';
import { exitCodes } from '../../src/core/errors.ts';
import { checkout } from '../support/checkout.ts';

let printed = '';
const stdout = { write: (text: string) => (printed += text) };
const program = await createProgram(() => () => Promise.resolve(), { stdout, stderr: stdout, env: {} });

const page = checkout('docs/cli.md');
const [start, end] = ['<!-- commands -->\n', '<!-- end of commands -->\n'];

test('docs/cli.md has the help of every command', (t) => {
  const text = readFileSync(page, 'utf8');
  const [before, rest = ''] = text.split(start);
  const after = rest.split(end)[1];
  const current = `${before}${start}\n${commandPages()}\n${end}${after}`;
  if (process.env['UPDATE']) writeFileSync(page, current);
  t.is(readFileSync(page, 'utf8'), current, 'run: UPDATE=1 npx ava test/cli/docs.test.ts');
});

test('docs/cli.md lists every exit code', (t) => {
  const text = readFileSync(page, 'utf8');
  for (const code of [0, ...Object.values(exitCodes)]) t.regex(text, new RegExp(`^\\| ${code} +\\|`, 'm'));
});

test('every command has examples, and describes its arguments and options', (t) => {
  for (const command of program.commands.flatMap(commandsOf)) {
    t.not(command.description(), '');
    if (command.commands.length > 0) continue;
    t.regex(helpOf(command), /\nExamples:\n {2}whymatch /, pathOf(command));
    for (const { name, description } of command.registeredArguments.map((argument) => ({
      name: argument.name(),
      description: argument.description,
    })))
      t.not(description, '', `${pathOf(command)} <${name}>`);
  }
});

function commandPages(): string {
  return commandsOf(program)
    .map((command) => `### ${pathOf(command)}\n\n\`\`\`text\n${helpOf(command).trimEnd()}\n\`\`\`\n`)
    .join('\n');
}

/** As it is printed into a pipe. */
function helpOf(command: Command): string {
  printed = '';
  command.outputHelp();
  return printed;
}
