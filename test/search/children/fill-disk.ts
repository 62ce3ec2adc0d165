// Does argv[3] (put, save or compact) with the catalogue in argv[2] until there is no room left, and prints what came of it.
import { openCatalog } from '../../../src/search/open-catalog.ts';
import { newItems, smallIndex, space, unitVector } from '../support.ts';

const [directory, work] = process.argv.slice(2);
const catalog = openCatalog(directory!, { space, create: true, index: smallIndex });
const codeOf = (error: unknown) => (error as { code?: string }).code ?? String(error);

let acknowledged = catalog.count();
let code: string | undefined;
try {
  if (work === 'save') await catalog.saveIndex();
  if (work === 'compact') await catalog.compact();
  if (work === 'put') {
    for (; acknowledged < 100_000; acknowledged += 25) catalog.put(newItems(acknowledged, acknowledged + 25));
  }
} catch (error) {
  code = codeOf(error);
}
// What is there is still served.
const { hits } = await catalog.search(unitVector(7), { k: 1 });
process.stdout.write(
  JSON.stringify({ acknowledged, code, nearest: hits[0]?.item.id, count: catalog.count() }),
);
catalog.close();
