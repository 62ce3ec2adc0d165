/** In a file (and so a process) of its own: it gives up root's rights for a moment, because root may read everything. */
import { chmod } from 'node:fs/promises';
import test from 'ava';
import { openPicture } from '../../src/image/open.ts';
import { failsWith, smooth, temporaryFile } from './pictures.ts';

test('a file without read permission is IMAGE_UNREADABLE', async (t) => {
  const path = await temporaryFile(t, 'secret.png', await smooth(40, 30).png().toBuffer());
  await chmod(path, 0o000);
  const restore = becomeNobody();
  if (!restore) {
    t.pass();
    return t.log('skipped: the tests run as root (or on Windows) and cannot give its rights up');
  }
  try {
    t.regex(await failsWith(t, 'IMAGE_UNREADABLE', openPicture(path)), /permission denied/);
  } finally {
    restore();
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
