/** In a file (and so a process) of its own: it gives up root's rights for a moment, because root may read everything. */
import { chmodSync } from 'node:fs';
import path from 'node:path';
import test from 'ava';
import { exitCodes } from '../../src/core/errors.ts';
import { json, temporaryFolder, tinyModel, whymatch } from './cli.ts';
import { writePictures } from './pictures.ts';

test('a folder that may not be read is refused as a source, and listed inside one', async (t) => {
  const folder = temporaryFolder(t);
  const photos = path.join(folder, 'photos');
  const locked = path.join(photos, 'locked');
  await writePictures(photos, 1);
  await writePictures(locked, 1, 5);
  chmodSync(locked, 0o000);
  for (const open of [folder, photos]) chmodSync(open, 0o777);
  const restore = becomeNobody();
  if (!restore) {
    chmodSync(locked, 0o700);
    t.pass();
    return t.log('skipped: the tests run as root (or on Windows) and cannot give its rights up');
  }
  try {
    const catalog = path.join(folder, 'shop');
    const index = (source: string) => ['index', source, '--catalog', catalog, '--model', tinyModel];
    const refused = await whymatch(index(locked));
    t.is(refused.exitCode, exitCodes.input);
    t.regex(refused.stderr, /^error SOURCE_UNREADABLE: .*locked.*permission denied[^]*Check its permissions/);
    const listed = await whymatch(index(photos));
    t.is(listed.exitCode, exitCodes.partial);
    t.regex(listed.stdout, /1 {2}indexed[^]*1 {2}failed[^]*SOURCE_UNREADABLE.*locked/);
    const [failure] = await json(t, ['catalog', 'failures', '--catalog', catalog]);
    t.like(failure, { source: locked, code: 'SOURCE_UNREADABLE' });
  } finally {
    restore();
    chmodSync(locked, 0o700);
  }
});

/** Makes file permissions count; undefined where that is not possible. */
function becomeNobody(): (() => void) | undefined {
  if (!process.geteuid || !process.seteuid) return undefined;
  const user = process.geteuid();
  if (user !== 0) return () => {};
  try {
    process.seteuid(65534);
    return () => process.seteuid!(user);
  } catch {
    return undefined;
  }
}
