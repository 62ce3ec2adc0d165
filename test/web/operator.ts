/** The page of those who run a shop: duplicates, keys, and pictures that come by other ways than a file. */
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Page } from 'playwright-core';
import sharp from 'sharp';
import { inBrowser, screenshot, site, until, violations } from './site.ts';
import { searchByPhoto } from './steps.ts';

const firstHit = (page: Page) => page.locator('.hits .hit-body h2').first();

inBrowser('duplicates are reviewed side by side, by mouse and by keyboard', async (t) => {
  const { page, complaints } = await site().open('#/catalogue');
  const photo = await readFile(site().photos[1]!);
  const smaller = await sharp(photo).resize(300).jpeg({ quality: 80 }).toBuffer();
  for (const [id, bytes] of Object.entries({ one: photo, two: smaller, three: photo })) {
    const headers = { 'content-type': 'image/jpeg' };
    await fetch(`${site().url}/v1/items/${id}`, { method: 'PUT', body: new Uint8Array(bytes), headers });
  }
  await page.getByRole('button', { name: 'Review duplicates' }).click();
  const pair = (a: string, b: string) =>
    page.getByRole('article', { name: `Pair: ${a} and ${b}`, exact: true });
  await pair('one', 'three').getByText('Identical files').waitFor();
  await page.locator('.duplicate img[data-loaded=true]').nth(3).waitFor();
  t.deepEqual(await violations(page), []);
  await page.locator('.duplicates').scrollIntoViewIfNeeded();
  await screenshot(page, 'duplicates');

  await pair('one', 'two').getByRole('button', { name: 'Not a duplicate' }).click();
  await pair('one', 'two').waitFor({ state: 'detached' });
  await page.getByRole('button', { name: 'Undo' }).click();
  await pair('one', 'two').focus();
  await page.keyboard.press('n');
  await pair('one', 'two').waitFor({ state: 'detached' });
  t.true(await page.evaluate(`document.activeElement === document.querySelector('.duplicate')`));
  page.once('dialog', (dialog) => void dialog.accept());
  await pair('one', 'three').focus();
  await page.keyboard.press('2');
  await page.getByText('three deleted.').waitFor();
  t.is((await fetch(`${site().url}/v1/items/three`)).status, 404);

  // A search says so too, and remembers what was decided: for the contents of the pictures.
  const visit = await site().open('');
  await searchByPhoto(visit.page, 1);
  const badge = (name: string) =>
    visit.page.getByRole('article', { name, exact: true }).locator('.badge').allTextContents();
  t.deepEqual([await badge('one'), await badge('two')], [['The same picture'], []]);
  await visit.page.close();
  for (const id of ['one', 'two']) await fetch(`${site().url}/v1/items/${id}`, { method: 'DELETE' });
  t.deepEqual(complaints, []);
  await page.close();
});

inBrowser('counts beside the filters follow the other filters', async (t) => {
  const { page } = await site().open('');
  await page.locator('.examples button').first().click();
  await firstHit(page).waitFor();
  const group = (name: string) => page.getByRole('group', { name, exact: true });
  const counts = async (name: string) =>
    (await group(name).locator('.check-line .soft').allTextContents()).map(Number);
  const total = (values: readonly number[]) => values.reduce((a, b) => a + b, 0);
  await group('Category').locator('.check-line').first().waitFor();
  const before = await counts('Category');
  const colours = total(await counts('Color'));
  await Promise.all([
    page.waitForResponse(/\/v1\/facets\?filter/),
    group('Category').getByRole('checkbox').first().check(),
  ]);
  await until(
    page,
    `[...document.querySelectorAll('fieldset')].find((f) => f.querySelector('legend')?.textContent === 'Color').querySelectorAll('.faint').length > 0`,
  );
  t.deepEqual(await counts('Category'), before, 'another category can still be chosen');
  t.true(total(await counts('Color')) < colours);
  await page.close();
});

inBrowser('a picture is pasted, and so is the address of one', async (t) => {
  const { page, complaints } = await site().open('');
  const photo = await readFile(site().photos[2]!);
  const paste = (add: string) =>
    page.evaluate(`{
      const clipboardData = new DataTransfer();
      ${add};
      document.dispatchEvent(new ClipboardEvent('paste', { clipboardData, bubbles: true }));
    }`);
  const bytes = `Uint8Array.from(atob('${photo.toString('base64')}'), (c) => c.charCodeAt(0))`;
  await paste(`clipboardData.items.add(new File([${bytes}], 'a.jpg', { type: 'image/jpeg' }))`);
  await firstHit(page).waitFor();
  const name = await firstHit(page).textContent();

  const elsewhere = createServer((_req, res) => res.setHeader('content-type', 'image/jpeg').end(photo));
  elsewhere.listen(0, '127.0.0.1');
  t.teardown(() => elsewhere.close());
  await once(elsewhere, 'listening');
  const address = `http://127.0.0.1:${(elsewhere.address() as AddressInfo).port}/a.jpg`;
  await page.getByRole('link', { name: 'whymatch' }).click();
  await paste(`clipboardData.setData('text/plain', '${address}')`);
  await firstHit(page).waitFor();
  t.is(await firstHit(page).textContent(), name);
  t.true(page.url().includes(encodeURIComponent(address)), 'it is a link that reproduces the search');
  await page.getByRole('link', { name: 'whymatch' }).click();
  await page.locator('#start-title').waitFor();
  await paste(`clipboardData.setData('text/plain', 'no address')`);
  await page.getByText('That is not a picture.').waitFor();
  t.deepEqual(complaints, []);
  await page.close();
});

inBrowser('the form for a key keeps what is typed, whichever request was refused first', async (t) => {
  const { page } = await site().openWithKeys([
    {
      name: 'shop',
      scopes: ['search'],
      sha256: createHash('sha256').update('search-key-0123456789').digest('hex'),
    },
  ]);
  const held: (() => void)[] = [];
  await page.route('**/v1/info', async (route) => {
    await new Promise<void>((resolve) => held.push(resolve));
    await route.continue();
  });
  const server = page.url();
  for (const hash of ['#/', '#/catalogue', '#/search?like=any']) {
    await page.goto('about:blank');
    await page.goto(new URL(hash, server).href);
    await page.getByLabel('API key').fill('search-key');
    const refused = page.waitForResponse('**/v1/info');
    for (const release of held.splice(0)) release();
    t.is((await refused).status(), 401);
    await page.waitForTimeout(200);
    t.is(await page.getByLabel('API key').inputValue(), 'search-key', hash);
  }
  await page.close();
});

inBrowser('a server with keys asks for one, and shows what the key may do', async (t) => {
  const sha256 = (key: string) => createHash('sha256').update(key).digest('hex');
  const keys = [
    { name: 'shop', scopes: ['search'] as const, sha256: sha256('search-key-0123456789') },
    { name: 'operator', scopes: ['admin'] as const, sha256: sha256('admin-key-0123456789') },
  ];
  const { page } = await site().openWithKeys(keys);
  const enter = async (key: string) => {
    await page.getByLabel('API key').fill(key);
    await page.getByRole('button', { name: 'Use key' }).click();
  };
  await enter('wrong-key-0123456789');
  await page.getByText('This server does not know that key.').waitFor();
  t.deepEqual(await violations(page), []);
  await screenshot(page, 'key');
  await enter('search-key-0123456789');
  await page.locator('.examples button').first().click();
  // Pictures and maps come with the key, too: an <img> could not send it.
  await page.locator('.hit-picture img[data-loaded=true]').first().waitFor();
  await page.locator('.map[data-loaded=true]').first().waitFor();
  await page.getByRole('link', { name: 'Catalogue' }).click();
  await page.getByText('You may look, but not change').waitFor();
  t.is(await page.getByRole('button', { name: /^Delete/ }).count(), 0);
  await page.evaluate(`sessionStorage.setItem('whymatch-key', 'admin-key-0123456789')`);
  await page.reload();
  await page
    .getByRole('button', { name: /^Delete/ })
    .first()
    .waitFor();
  await page.close();
});
