import { createHash } from 'node:crypto';
import test from 'ava';
import type { Check } from '../../src/explain/check.ts';
import type { ReportHit } from '../../src/report/input.ts';
import { renderPairReport, renderReport } from '../../src/report/report.ts';
import type { Shop } from './shop.ts';
import { explainedShop, temporaryFolder } from './shop.ts';

const attack = `<script>globalThis.injected = true</script>`;
const folder = await temporaryFolder(test);
let shop: Shop;
let page: string;

const renderShop = (hits: readonly ReportHit[] = shop.hits) =>
  renderReport({
    search: shop.search,
    hits,
    catalog: shop.catalog,
    model: shop.model.model,
    date: new Date('2026-02-03T04:05:06Z'),
  });

test.before(async () => {
  const metadata = { note: attack, [`"'><b>`]: 'x', nested: { deep: [attack] }, 'size, cm': [8, 9] };
  shop = await explainedShop(folder, { metadata, crop: { x: 40, y: 60, width: 240, height: 300 } });
  page = await renderShop();
});
test.after.always(() => shop.model.engine.dispose());

const count = (pattern: RegExp, text = page) => text.match(pattern)?.length ?? 0;

test('a page has a card for each hit, with its score, and the query', (t) => {
  t.is(count(/<article class="card"/g), 4);
  for (const { score, item } of shop.hits) {
    t.true(page.includes(`>${score.toFixed(3)}<`));
    t.true(page.includes(item.source));
  }
  t.true(page.includes('What looks like query &amp; &lt;photo&gt;.jpg'));
  t.true(page.includes('mugs, 6 pictures'));
  t.true(page.includes('2026-02-03 04:05 UTC'));
  t.true(page.includes('the framed 240 × 300 at 40, 60'));
});

test('each explained hit has both sides of every layer, and a hit without its picture says why', (t) => {
  t.is(count(/<div class="evidence"/g), 3);
  t.is(count(/<img class="heat layered layer-0"/g), 6);
  t.is(count(/<img class="heat layered layer-1"/g), 6);
  t.is(count(/<img class="heat layered layer-2"/g), 6);
  t.is(count(/IMAGE_NOT_FOUND/g), 1);
  t.true(page.includes('expected a file at '));
});

test('the query’s bytes are in the page once', (t) => {
  t.is(count(/<image id="query-picture"/g), 1);
  t.is(count(/<use href="#query-picture"/g), 4);
  t.is(count(/<img class="picture"/g), 3);
});

test('text from outside is text', (t) => {
  t.false(page.includes(attack));
  t.true(page.includes('&lt;script&gt;globalThis.injected = true&lt;/script&gt;'));
  t.true(page.includes('&quot;&#39;&gt;&lt;b&gt;'));
  t.is(count(/<script/g), 1);
});

test('the page names nothing outside itself, and its policy admits its own script alone', (t) => {
  t.is(count(/https?:/g), 0);
  t.is(count(/(?:src|href)="(?!data:image\/webp;base64,|#)/g), 0);
  const script = /<script>([\s\S]*)<\/script>/.exec(page)![1]!;
  const hash = createHash('sha256').update(script).digest('base64');
  const policy = /Content-Security-Policy" content="([^"]*)"/.exec(page)![1]!.replaceAll('&#39;', "'");
  t.true(policy.includes(`script-src 'sha256-${hash}'`));
  t.true(policy.startsWith("default-src 'none'"));
});

test('a page is small', (t) => {
  const perHit = page.length / 3;
  t.true(perHit < 300_000, `${Math.round(perHit / 1000)} kB a hit`);
});

test('a faithfulness check stands with its map and its side', async (t) => {
  const check = (sentence: string, verdict: Check['verdict'], warnings: Check['warnings'] = []): Check => ({
    fall: 0.3,
    randomFall: 0.1,
    verdict,
    sentence,
    warnings,
  });
  const warned = check('nearly all <i>border', 'faithful', [{ kind: 'border', sentence: 'border' }]);
  const checks = {
    'guided-match': { query: check('falls far', 'faithful'), hit: check('hardly <i>falls', 'doubtful') },
    guided: { query: warned, hit: warned },
  };
  const [first] = shop.hits;
  const { picture, explanation } = first!.explained!;
  const html = await renderShop([
    { ...first!, explained: { picture, explanation: { ...explanation, checks } } },
  ]);
  t.regex(html, /<p class="check layered layer-2">falls far<\/p>/);
  t.regex(html, /<p class="check layered layer-2 weak">hardly &lt;i&gt;falls<\/p>/);
  t.is(count(/<p class="check layered layer-1 weak">nearly all &lt;i&gt;border<\/p>/g, html), 2);
});

test('a page without hits, and hits without explanations, are pages too', async (t) => {
  t.true((await renderShop([])).includes('Nothing was found.'));
  const plain = await renderShop(shop.hits.map(({ item, score }) => ({ item, score })));
  t.is(count(/This hit was not explained/g, plain), 4);
  t.is(count(/class="toolbar"/g, plain), 0);
});

test('a pair has one card and no scale to share', async (t) => {
  const { picture, explanation } = shop.hits[0]!.explained!;
  const html = await renderPairReport({
    query: shop.search.query,
    hit: picture,
    explanation,
    model: shop.model.model,
    target: 'contrast',
  });
  t.is(count(/<article class="card"/g, html), 1);
  t.is(count(/scale-shared"/g, html), 0);
  t.true(html.includes('why this hit rather than the others'));
});
