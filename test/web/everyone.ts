/** The page for everyone: without a mouse or sight, on a phone, in the dark, in Vietnamese, and when things go wrong. */
import type { BrowserContextOptions, Page } from 'playwright-core';
import { inBrowser, screenshot, site, violations } from './site.ts';

const phone: BrowserContextOptions = {
  viewport: { width: 390, height: 844 },
  isMobile: true,
  hasTouch: true,
  deviceScaleFactor: 2,
};

async function searchByPhoto(page: Page): Promise<void> {
  await page.getByTestId('file').setInputFiles(site().photos[0]!);
  await page.locator('.hits .hit-body').first().waitFor();
  await page.locator('.map[data-loaded=true]').first().waitFor();
}

async function openWhy(page: Page): Promise<void> {
  await page.locator('.hit-picture').first().click();
  await page.locator('canvas.heat').nth(1).waitFor();
  await page.locator('.seen[data-side=hit]').waitFor();
}

for (const [name, options] of [
  ['light', {}],
  ['dark', { colorScheme: 'dark' }],
  ['phone', phone],
] as const) {
  inBrowser(`axe-core finds nothing wrong: ${name}`, async (t) => {
    const { page, complaints } = await site().open('', options);
    const shown = async (part: string): Promise<void> => {
      t.deepEqual(await violations(page), [], part);
      t.true(Number(await page.evaluate('document.documentElement.scrollWidth - innerWidth')) <= 0, part);
      await screenshot(page, `${name}-${part}`);
    };
    await page.locator('.examples img[data-loaded=true]').first().waitFor();
    await shown('start');
    await searchByPhoto(page);
    await shown('search');
    await openWhy(page);
    await shown('why');
    await page.keyboard.press('Escape');
    await page.getByRole('link', { name: 'Catalogue' }).click();
    await page.locator('.recent-item').first().waitFor();
    await shown('catalogue');
    t.deepEqual(complaints, []);
    await page.close();
  });
}

inBrowser('everything can be reached with the keyboard alone', async (t) => {
  const { page } = await site().open('');
  await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  t.is(await page.evaluate('document.activeElement.id'), 'main');
  const reached = async (selector: string): Promise<void> => {
    for (let i = 0; i < 60; i++) {
      if (await page.evaluate(`document.activeElement.matches(${JSON.stringify(selector)})`)) return;
      await page.keyboard.press('Tab');
    }
    t.fail(`${selector} was not reached`);
  };
  await page.locator('.examples img').first().waitFor();
  await reached('.tile');
  await page.keyboard.press('Enter');
  await page.locator('.hits .hit-body').first().waitFor();
  await reached('.hit-picture');
  await page.keyboard.press('Enter');
  await page.locator('canvas.heat').first().waitFor();
  const title = await page.getByRole('dialog').getByRole('heading').textContent();
  await page.getByRole('button', { name: 'Next hit' }).focus();
  await page.keyboard.press('Enter');
  t.is(await page.locator('dialog .rank').textContent(), '2');
  await page.keyboard.press('ArrowLeft');
  t.is(await page.getByRole('dialog').getByRole('heading').textContent(), title);
  await page.close();
});

inBrowser('a tap pins a place on a phone', async (t) => {
  const { page } = await site().open('', phone);
  await searchByPhoto(page);
  await openWhy(page);
  await page.locator('.seen[data-side=query]').tap();
  t.is(await page.locator('.seen[data-side=hit] .answers.lit').count(), 1);
  await screenshot(page, 'phone-pointing');
  await page.close();
});

inBrowser('the page speaks Vietnamese, when asked and where the browser does', async (t) => {
  const { page } = await site().open('');
  await page.getByRole('radio', { name: 'VI' }).check();
  await page.getByRole('heading', { name: 'Bạn đang tìm gì?' }).waitFor();
  t.is(await page.evaluate('document.documentElement.lang'), 'vi');
  await page.reload();
  await page.getByRole('heading', { name: 'Bạn đang tìm gì?' }).waitFor();
  await page.close();
  const there = await site().open('', { locale: 'vi-VN' });
  await searchByPhoto(there.page);
  await openWhy(there.page);
  await there.page.getByText('Chỉ vào một chỗ trên một ảnh').waitFor();
  await there.page.locator('.facts').getByText('Giá').waitFor();
  await screenshot(there.page, 'vietnamese-why');
  t.deepEqual(await violations(there.page), []);
  await there.page.close();
});

inBrowser('a photo is taken with the camera', async (t) => {
  const { page, complaints } = await site().open('', { permissions: ['camera'] });
  await page.getByRole('button', { name: 'Take a photo' }).click();
  await page.getByRole('button', { name: 'Take photo' }).click();
  await page.locator('.hits .hit-body').first().waitFor();
  t.is(await page.locator('dialog').count(), 0);
  t.deepEqual(complaints, []);
  await page.close();
});

inBrowser('what is no picture is refused in words, and so is a server that is gone', async (t) => {
  const { page } = await site().open('');
  const broken = { name: 'broken.jpg', mimeType: 'image/jpeg', buffer: Buffer.from('no picture at all') };
  await page.getByTestId('file').setInputFiles(broken);
  const alert = page.getByRole('alert');
  await alert.getByText('This picture cannot be used').waitFor();
  t.regex((await alert.textContent())!, /expected .+, received .+IMAGE_/s);
  await screenshot(page, 'refused');
  t.deepEqual(await violations(page), []);
  await page.route('**/v1/search', (route) => route.abort());
  await page.getByRole('button', { name: 'Try again' }).click();
  await alert.getByText('The server cannot be reached').waitFor();
  await page.unroute('**/v1/search');
  await searchByPhoto(page);
  t.is(await alert.count(), 0);
  await page.close();
});
