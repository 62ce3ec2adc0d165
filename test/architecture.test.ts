/** The rules that keep the folders of src apart: do they bite, and does every native package stay at home? */
import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import test from 'ava';
import { checkout } from './support/checkout.ts';

const root = checkout();

/** Lines that break a rule, by the file that they would stand in. */
const forbidden: Readonly<Record<string, string>> = {
  'src/core/a.ts': `import { x } from '../model/x.ts';`,
  'src/core/c.ts': `import { x } from '../threads/x.ts';`,
  'src/threads/a.ts': `import { x } from '../model/x.ts';`,
  'src/image/a.ts': `import { x } from '../search/x.ts';`,
  'src/model/onnx/a.ts': `import { x } from '../../explain/x.ts';`,
  'src/fetch/a.ts': `import { x } from '../image/x.ts';`,
  'src/search/b.ts': `import { x } from '../fetch/x.ts';`,
  'src/search/a.ts': `import type { x } from '../indexer/x.ts';`,
  'src/indexer/sources/a.ts': `import { x } from '../../search/x.ts';`,
  'src/explain/backward/a.ts': `import { x } from '../../report/x.ts';`,
  'src/server/a.ts': `import { x } from '../cli/x.ts';`,
  'src/model/b.ts': `import x from 'sharp';`,
  'src/cli/a.ts': `import x from 'better-sqlite3';`,
};
const allowed: Readonly<Record<string, string>> = {
  'src/core/b.ts': `import { x } from './x.ts';`,
  'src/explain/c.ts': `import { x } from '../model/x.ts';`,
  'src/model/c.ts': `import type { x } from '../core/x.ts';`,
  'src/search/c.ts': `import { x } from '../threads/x.ts';`,
  'src/indexer/c.ts': `import { x } from '../fetch/x.ts';`,
  'src/cli/c.ts': `import { x } from '../search/x.ts';`,
};

test('the linter refuses imports against the direction of the architecture', async (t) => {
  const folder = await mkdtemp(path.join(tmpdir(), 'whymatch-'));
  t.teardown(() => rm(folder, { recursive: true, force: true }));
  await cp(path.join(root, '.oxlintrc.json'), path.join(folder, '.oxlintrc.json'));
  for (const [file, line] of Object.entries({ ...forbidden, ...allowed })) {
    await mkdir(path.join(folder, path.dirname(file)), { recursive: true });
    await writeFile(path.join(folder, file), `${line}\nexport const y: unknown = x;\n`);
  }
  const lint = promisify(execFile)(
    process.execPath,
    [path.join(root, 'node_modules/oxlint/bin/oxlint'), '--format=json'],
    { cwd: folder },
  );
  const { stdout } = await lint.catch((failure: { stdout: string }) => failure);
  const { diagnostics } = JSON.parse(stdout) as { diagnostics: { code: string; filename: string }[] };
  const refused = diagnostics
    .filter(({ code }) => code.includes('no-restricted-imports'))
    .map(({ filename }) => filename.replaceAll('\\', '/'));
  t.deepEqual(refused.toSorted(), Object.keys(forbidden).toSorted());
});

/** Who may import each native package. */
const homes: Readonly<Record<string, RegExp>> = {
  sharp: /^image\//,
  'better-sqlite3': /^search\//,
  'hnswlib-node': /^search\//,
  'onnxruntime-node': /^model\/ort\.ts$/,
  '@tensorflow/tfjs-core': /^model\/tfjs\//,
  '@tensorflow/tfjs-backend-wasm': /^model\/tfjs\/backend\.ts$/,
};

test('each native package is imported from its home only', async (t) => {
  const source = path.join(root, 'src');
  const files = (await readdir(source, { recursive: true })).filter((file) => file.endsWith('.ts'));
  const imported = new Set<string>();
  for (const file of files) {
    const text = await readFile(path.join(source, file), 'utf8');
    for (const [name, home] of Object.entries(homes)) {
      if (!new RegExp(`from '${name}'|import\\('${name}'\\)`).test(text)) continue;
      imported.add(name);
      t.regex(file.replaceAll('\\', '/'), home, `${file} imports ${name}`);
    }
  }
  t.deepEqual([...imported].toSorted(), Object.keys(homes).toSorted());
});
