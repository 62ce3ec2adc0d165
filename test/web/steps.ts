/** What visitors do again and again. */
import type { Locator, Page } from 'playwright-core';
import { site } from './site.ts';

export const hits = (page: Page): Locator => page.locator('.hits .hit-body h2');
export const hitNames = async (page: Page): Promise<string[]> =>
  (await hits(page).allTextContents()).map((text) => text.replace(/^\d+/, ''));

/** Until the search that the action starts is answered and its hits are on show. */
export async function searched(page: Page, action: () => Promise<unknown>): Promise<void> {
  await Promise.all([page.waitForResponse(/\/v1\/search/), action()]);
  await page.locator('.results[aria-busy=false]').waitFor();
}

export async function searchByPhoto(page: Page, number = 0): Promise<void> {
  await searched(page, () => page.getByTestId('file').setInputFiles(site().photos[number]!));
  await hits(page).first().waitFor();
}

export async function openWhy(page: Page, place = 0): Promise<Locator> {
  await page.locator('.hit-picture').nth(place).click();
  const dialog = page.getByRole('dialog');
  await dialog.locator('canvas.heat').nth(1).waitFor();
  return dialog;
}
