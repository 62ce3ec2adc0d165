/** What the page says about a picture: what scores mean, what it shows, and what of it was searched. */
import sharp from 'sharp';
import { inBrowser, screenshot, site, violations } from './site.ts';
import { hitNames, hits, searchByPhoto, searched } from './steps.ts';

inBrowser('hits say in a word what their scores mean, and the picture gets a name', async (t) => {
  const { page, complaints } = await site().open('');
  const [response] = await Promise.all([
    page.waitForResponse(/\/v1\/search/),
    page.getByTestId('file').setInputFiles(site().photos[0]!),
  ]);
  await hits(page).first().waitFor();
  const { hits: found, category } = (await response.json()) as {
    hits: { likeness: 'same' | 'similar' | 'weak' }[];
    category: { value: string; confidence: number };
  };
  const words = { same: 'Likely the same', similar: 'Similar', weak: 'Weak' };
  t.deepEqual(
    await page.locator('.hit .likeness').allTextContents(),
    found.map(({ likeness }) => words[likeness]),
  );
  const guess = page.locator('.guess');
  t.regex(
    (await guess.textContent())!,
    new RegExp(`${category.value} \\(${Math.round(100 * category.confidence)}\\s%\\)`),
  );
  await searched(page, () => guess.getByRole('button', { name: 'only these' }).click());
  for (const facts of await page.locator('.hit-facts').allTextContents())
    t.true(facts.includes(category.value), facts);
  t.deepEqual(complaints, []);
  await page.close();
});

inBrowser('the picture shows why it gets its name, and what speaks for others', async (t) => {
  const { page, complaints } = await site().open('');
  await searchByPhoto(page);
  const stage = page.locator('.query-panel .stage');
  const guess = page.locator('.guess');
  const reasons = page.locator('.reasons');
  t.is(await reasons.count(), 0);
  await guess.getByRole('button', { name: 'Why?' }).click();
  const map = stage.locator('.map[data-loaded=true]');
  await map.waitFor();
  await reasons.locator('.check').waitFor();
  t.regex((await reasons.locator('.check').textContent())!, /lowers the log-odds of this name by \d/);
  const first = await map.getAttribute('src');
  await screenshot(page, 'name');
  t.deepEqual(await violations(page), []);

  const others = reasons.getByRole('button');
  t.is(await others.first().getAttribute('aria-pressed'), 'true');
  await others.nth(1).click();
  await page.locator(`.query-panel .stage .map[data-loaded=true]:not([src="${first}"])`).waitFor();
  t.is(await others.nth(1).getAttribute('aria-pressed'), 'true');
  await guess.getByRole('button', { name: 'Why?' }).click();
  t.deepEqual([await reasons.count(), await stage.locator('.map').count()], [0, 0]);

  await guess.getByRole('button', { name: 'Why?' }).click();
  await reasons.waitFor();
  await searched(page, () => page.getByTestId('file').setInputFiles(site().photos[1]!));
  t.is(await reasons.count(), 0, 'another picture has another name');
  t.deepEqual(complaints, []);
  await page.close();
});

inBrowser('a frame around the picture is left out, and can be counted in', async (t) => {
  const { page, complaints } = await site().open('');
  await searchByPhoto(page);
  // Where the frame ends is known to a pixel or two of the small copy that is looked at: scores move in the third digit.
  const nearest = async () => (await hitNames(page)).slice(0, 2);
  const whole = await nearest();
  const framed = {
    name: 'screenshot.png',
    mimeType: 'image/png',
    buffer: await sharp(site().photos[0])
      .extend({ top: 150, bottom: 150, left: 60, right: 60, background: '#101418' })
      .png()
      .toBuffer(),
  };
  const file = page.getByTestId('file');
  await searched(page, () => file.setInputFiles(framed));
  await page.getByText('The frame around the picture is left out.').waitFor();
  t.is(await page.locator('.pickable .chosen').count(), 1, 'what was searched is marked');
  t.deepEqual(await nearest(), whole);
  await screenshot(page, 'frame');
  await searched(page, () => page.getByRole('button', { name: 'Search with the frame' }).click());
  await page.getByText('The frame counts, too.').waitFor();
  t.is(await page.locator('.pickable .chosen').count(), 0);
  await searched(page, () => page.getByRole('button', { name: 'Leave the frame out' }).click());
  await page.getByText('The frame around the picture is left out.').waitFor();
  t.deepEqual(await nearest(), whole);
  t.deepEqual(complaints, []);
  await page.close();
});

inBrowser('a large photo is made smaller before it is sent, and finds the same', async (t) => {
  const { page, complaints } = await site().open('');
  await searchByPhoto(page);
  const [nearest] = await hitNames(page);
  const large = await sharp(site().photos[0])
    .resize({ width: 4800 })
    .jpeg({ quality: 100, chromaSubsampling: '4:4:4' })
    .toBuffer();
  const [response] = await Promise.all([
    page.waitForResponse(/\/v1\/search/),
    searched(page, () =>
      page.getByTestId('file').setInputFiles({ name: 'large.jpg', mimeType: 'image/jpeg', buffer: large }),
    ),
  ]);
  const { query } = (await response.json()) as { query: { width: number; height: number }[] };
  t.is(Math.max(query[0]!.width, query[0]!.height), 1600);
  t.is((await hitNames(page))[0], nearest);
  // Places are in pixels of what the server has.
  await searched(page, () => page.getByRole('button', { name: 'Detected subject' }).click());
  await page.getByText('Only this part counts.').waitFor();
  t.deepEqual(complaints, []);
  await page.close();
});
