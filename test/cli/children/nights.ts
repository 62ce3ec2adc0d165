// Lives one night after another, from night argv[5] on: `whymatch index --mode sync`, and now and then `whymatch catalog compact`. Says
// what it begins, and what it has done.
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { run } from '../../../src/cli/run.ts';
import { sourceOf } from '../night-plan.ts';

const [folder, catalog, model, kind, first] = process.argv.slice(2) as [
  string,
  string,
  string,
  'table' | 'archive',
  string,
];
const { signal } = new AbortController();
const say = (what: string) => process.stdout.write(`${what}\n`);

async function whymatch(...argv: string[]): Promise<void> {
  let output = '';
  const write = (text: string) => {
    // The first event of the first run: all is loaded, and the catalogue is open.
    if (output === '' && argv[0] === 'index') say('under way');
    output += text;
  };
  const sink = { write };
  const exitCode = await run(argv, { stdout: sink, stderr: sink, env: {}, signal });
  if (exitCode !== 0) throw new Error(`${argv.join(' ')} ended with ${exitCode}: ${output}`);
}

for (let night = Number(first); ; night++) {
  const [name, content] = sourceOf(kind, night, folder);
  const source = path.join(folder, name);
  writeFileSync(source, content);
  say(`indexing ${night}`);
  await whymatch(
    'index',
    source,
    '--catalog',
    catalog,
    '--model',
    model,
    '--mode',
    'sync',
    '--allow-mass-delete',
    '--batch-size',
    '4',
    '--json',
  );
  say(`done ${night}`);
  if (night % 3 !== 1) continue;
  say(`compacting ${night}`);
  await whymatch('catalog', 'compact', '--catalog', catalog);
  say(`done ${night}`);
}
