/** A customer's way through the page, in a real browser. */
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { Locator } from 'playwright-core';
import { inBrowser, screenshot, site } from './site.ts';
import { hitNames, hits, openWhy, searchByPhoto, searched } from './steps.ts';

/** What is drawn on a canvas, in short. */
async function drawn(canvas: Locator): Promise<string> {
  const url = await canvas.evaluate((element) => (element as unknown as { toDataURL(): string }).toDataURL());
  return createHash('sha256').update(url).digest('hex');
}

inBrowser('a photo dropped on the page finds its product, and the hits get maps', async (t) => {
  const { page, complaints } = await site().open('');
  await page.locator('.examples img').first().waitFor();
  await screenshot(page, 'start');
  const bytes = (await readFile(site().photos[0]!)).toString('base64');
  const transfer = await page.evaluateHandle(`(() => {
    const bytes = Uint8Array.from(atob('${bytes}'), (c) => c.charCodeAt(0));
    const transfer = new DataTransfer();
    transfer.items.add(new File([bytes], 'photo.jpg', { type: 'image/jpeg' }));
    return transfer;
  })()`);
  await searched(page, () => page.dispatchEvent('.drop', 'drop', { dataTransfer: transfer }));
  await hits(page).first().waitFor();
  t.true((await hits(page).count()) >= 20);
  // The photo shows the first product from a side that the catalogue does not have.
  const product = /queries\/(.+)\.jpg$/.exec(site().photos[0]!)![1]!;
  const ids = await page
    .locator('.hit-picture > img')
    .evaluateAll((images) =>
      images.slice(0, 4).map((image) => decodeURIComponent((image as unknown as { src: string }).src)),
    );
  t.true(
    ids.some((id) => id.includes(product)),
    `${product} in ${ids.join(' ')}`,
  );
  await page.locator('.map[data-loaded=true]').nth(2).waitFor();
  await screenshot(page, 'search');
  t.deepEqual(complaints, []);
  await page.close();
});

inBrowser('why: methods, scales and opacity change what is shown', async (t) => {
  const { page, complaints } = await site().open('');
  await searchByPhoto(page);
  const dialog = await openWhy(page, 1);
  const heat = dialog.locator('canvas.heat').nth(1);
  const both = await drawn(heat);
  await screenshot(page, 'why');
  const shows = (method: string) => dialog.locator(`.pair[data-method=${method}]`).waitFor();
  await dialog.getByRole('radio', { name: 'Match', exact: true }).check();
  await dialog.getByText('the shares add up to it').waitFor();
  await shows('match');
  const match = await drawn(heat);
  t.not(match, both);
  await dialog.getByLabel('Method').selectOption('deconvnet');
  await shows('deconvnet');
  t.false([match, both].includes(await drawn(heat)));
  await dialog.getByRole('radio', { name: 'Both' }).check();
  await shows('guided-match');
  t.is(await drawn(heat), both);
  await dialog.getByRole('radio', { name: 'Shared' }).check();
  await dialog.getByText('share one colour scale').waitFor();
  await dialog.getByLabel('Opacity').fill('25');
  t.is(await page.evaluate(`getComputedStyle(document.querySelector('dialog canvas.heat')).opacity`), '0.25');
  await dialog.getByRole('radio', { name: 'Picture' }).check();
  t.is(await dialog.locator('canvas.heat').count(), 0);
  t.deepEqual(complaints, []);
  await page.close();
});

inBrowser('pointing at a place lights what answers it, both ways, by mouse and by keyboard', async (t) => {
  const { page } = await site().open('');
  await searchByPhoto(page);
  const dialog = await openWhy(page);
  await dialog.locator('.seen[data-side=hit]').waitFor();
  for (const [side, other, words] of [
    ['query', 'hit', 'The lit places of the hit answer it'],
    ['hit', 'query', 'The lit places of your picture answer it'],
  ] as const) {
    await dialog.locator(`.seen[data-side=${side}]`).hover();
    await dialog.getByText(words).waitFor();
    t.is(await dialog.locator(`.seen[data-side=${other}] .answers.lit`).count(), 1);
    t.is(await dialog.locator(`.seen[data-side=${side}] .answers.lit`).count(), 0);
    t.is(await dialog.locator(`.seen[data-side=${side}] .asked`).count(), 1);
  }
  await screenshot(page, 'why-pointing');
  await page.mouse.move(2, 2);
  await dialog.getByText('Point at a place').waitFor();
  await dialog.locator('.seen[data-side=query]').focus();
  await page.keyboard.press('ArrowRight');
  const place = () => dialog.locator('.seen[data-side=query] .asked').getAttribute('style');
  const before = await place();
  await page.keyboard.press('ArrowRight');
  t.not(await place(), before);
  await page.keyboard.press('Escape');
  t.is(await dialog.locator('.asked').count(), 0);
  t.true(await dialog.isVisible());
  await page.keyboard.press('Escape');
  await dialog.waitFor({ state: 'detached' });
  // The focus is where it came from.
  t.regex((await page.locator(':focus').getAttribute('class'))!, /hit-picture/);
  await page.close();
});

inBrowser('a box drawn on the picture searches that part; the part can be ignored instead', async (t) => {
  const { page, complaints } = await site().open('');
  await searchByPhoto(page);
  const whole = await hitNames(page);
  const area = (await page.locator('.pickable').boundingBox())!;
  const at = (x: number, y: number) => [area.x + x * area.width, area.y + y * area.height] as const;
  await page.mouse.move(...at(0.4, 0.4));
  await page.mouse.down();
  await page.mouse.move(...at(0.6, 0.6), { steps: 4 });
  const [request] = await Promise.all([
    page.waitForRequest(/\/v1\/search/),
    searched(page, () => page.mouse.up()),
  ]);
  const { query } = request.postDataJSON() as { query: { queryId?: string; region: { width: number } }[] };
  // The file is not sent again.
  t.regex(query[0]!.queryId!, /^q_/);
  t.true(query[0]!.region.width > 20);
  await page.getByText('Only this part counts.').waitFor();
  t.notDeepEqual(await hitNames(page), whole);
  await screenshot(page, 'part');
  await searched(page, () => page.getByRole('button', { name: 'Ignore this area instead' }).click());
  await page.getByText('One area is ignored.').waitFor();
  await searched(page, () => page.getByRole('button', { name: 'Count everything again' }).click());
  t.deepEqual(await hitNames(page), whole);
  await page.goBack();
  await page.getByText('One area is ignored.').waitFor();
  t.deepEqual(complaints, []);
  await page.close();
});

inBrowser('a part can be chosen with the keyboard', async (t) => {
  const { page } = await site().open('');
  await searchByPhoto(page);
  await page.getByRole('button', { name: 'Choose a part' }).click();
  const box = page.getByRole('application', { name: /Part to search/ });
  await box.waitFor();
  // The focus follows a frame later.
  await page.waitForFunction(`document.activeElement.className === 'chosen drafting'`);
  await page.keyboard.press('ArrowLeft');
  await page.keyboard.press('Shift+ArrowDown');
  await searched(page, () => page.keyboard.press('Enter'));
  await page.getByText('Only this part counts.').waitFor();
  t.pass();
  await page.close();
});

inBrowser('an explanation steers the search: what matched, more and less like this', async (t) => {
  const { page, complaints } = await site().open('');
  await searchByPhoto(page);
  const names = await hitNames(page);
  const dialog = await openWhy(page, 2);
  await searched(page, () => dialog.getByRole('button', { name: 'Search with what matched' }).click());
  await page.getByText(`Only what matched “${names[2]}” counts.`).waitFor();
  t.is(await page.getByRole('dialog').count(), 0);
  const third = page.locator('.hit').nth(2);
  const disliked = (await third.getAttribute('aria-label'))!;
  await searched(page, () => third.getByRole('button', { name: /^Less like/ }).click());
  await page.locator('.example-list li').getByText(`less like ${disliked}`).waitFor();
  await searched(page, () =>
    page
      .locator('.hit')
      .first()
      .getByRole('button', { name: /^More like/ })
      .click(),
  );
  t.is(await page.locator('.example-list li').count(), 2);
  await searched(page, () => page.getByRole('button', { name: /^Remove: less like/ }).click());
  t.is(await page.locator('.example-list li').count(), 1);
  t.deepEqual(complaints, []);
  await page.close();
});

inBrowser('filters, score and grouping narrow the hits, and say so when nothing is left', async (t) => {
  const { page, complaints } = await site().open('');
  await searchByPhoto(page);
  const all = await hits(page).count();
  const category = page.getByRole('group', { name: 'Category' }).getByRole('checkbox').first();
  const name = (await category.locator('..').textContent())!.replace(/\s*\d+$/, '').trim();
  await searched(page, () => category.check());
  t.true((await hits(page).count()) < all);
  for (const facts of await page.locator('.hit-facts').allTextContents()) t.true(facts.includes(name), facts);
  for (const [label, said] of [
    ['First what the photo most probably is, by category', '"agreeOn":"category"'],
    ['Look at the first 20 more closely', '"rerank":20'],
  ] as const) {
    const asked = page.waitForRequest(/\/v1\/search/);
    await searched(page, () => page.getByLabel(label).check());
    t.true((await asked).postData()?.includes(said));
  }
  await searched(page, () => page.getByLabel('One hit for each product').check());
  const products = await hitNames(page);
  t.is(new Set(products).size, products.length);
  await searched(page, () => page.getByLabel('Score at least').fill('0.99'));
  await page.getByText('No item passes the filters').waitFor();
  await searched(page, () => page.getByRole('button', { name: 'Clear the filters' }).click());
  t.is(await hits(page).count(), all);
  t.deepEqual(complaints, []);
  await page.close();
});

inBrowser('more hits come as the page is scrolled, until there are no more', async (t) => {
  const { page, complaints } = await site().open('');
  await searchByPhoto(page);
  t.is(await hits(page).count(), 24);
  await searched(page, () => page.evaluate('scrollTo(0, document.body.scrollHeight)'));
  await page.getByText('That is all.').waitFor();
  t.true((await hits(page).count()) > 24);
  // A new search begins at its best hits.
  await searched(page, () =>
    page
      .locator('.hit')
      .last()
      .getByRole('button', { name: /^More like/ })
      .click(),
  );
  t.true(Number(await page.evaluate(`document.querySelector('.results').getBoundingClientRect().top`)) >= 0);
  t.deepEqual(complaints, []);
  await page.close();
});

inBrowser('a search with an item is a link that shows the same hits elsewhere', async (t) => {
  const { page } = await site().open('');
  await searched(page, () => page.locator('.examples button').first().click());
  await hits(page).first().waitFor();
  const names = await hitNames(page);
  t.regex(page.url(), /#\/search\?like=/);
  const elsewhere = await site().open(page.url().slice(site().url.length + 1));
  await hits(elsewhere.page).first().waitFor();
  t.deepEqual(await hitNames(elsewhere.page), names);
  await page.goBack();
  await page.getByRole('heading', { name: 'What are you looking for?' }).waitFor();
  await page.close();
  await elsewhere.page.close();
});

inBrowser('a picture that is uploaded can be found at once, and deleted', async (t) => {
  const { page, complaints } = await site().open('#/catalogue');
  await page.getByText('32', { exact: true }).waitFor();
  await page.getByLabel('Title').fill('A new arrival');
  await page.getByTestId('upload').setInputFiles([
    { name: 'new.jpg', mimeType: 'image/jpeg', buffer: await readFile(site().photos[3]!) },
    { name: 'broken.jpg', mimeType: 'image/jpeg', buffer: Buffer.from('no picture') },
  ]);
  await page.locator('.uploads').getByText('Added').waitFor();
  // A broken picture is refused in words.
  await page.locator('.uploads').getByRole('alert').getByText('This picture cannot be used').waitFor();
  await page.getByText('33', { exact: true }).waitFor();
  await screenshot(page, 'catalogue');
  await searched(page, () => page.locator('.uploads').getByRole('button', { name: /^Find/ }).click());
  await hits(page).first().waitFor();
  await page.getByRole('link', { name: 'whymatch' }).click();
  await searchByPhoto(page, 3);
  t.is((await hitNames(page))[0], 'A new arrival');
  t.is(await page.locator('.hit').first().getByText('The same picture', { exact: true }).count(), 1);
  await page.getByRole('link', { name: 'Catalogue' }).click();
  page.once('dialog', (dialog) => void dialog.accept());
  await page.getByRole('button', { name: 'Delete A new arrival' }).click();
  await page.getByText('A new arrival deleted.').waitFor();
  await page.getByText('32', { exact: true }).waitFor();
  t.deepEqual(
    complaints.filter((line) => !/4(15|22)/.test(line)),
    [],
  );
  await page.close();
});
