// Opens, as a user without the right to write, the catalogue in argv[2], and prints what that user can do.
import { join } from 'node:path';
import { openCatalog } from '../../../src/search/open-catalog.ts';
import { newItem, smallIndex, space, unitVector } from '../support.ts';

const directory = process.argv[2]!;
const codeOf = (work: () => unknown) => {
  try {
    work();
    return null;
  } catch (error) {
    return (error as { code?: string }).code ?? String(error);
  }
};

const catalog = openCatalog(directory, { space, create: true, index: smallIndex });
const found = await catalog.search(unitVector(42));
const report = {
  readonly: catalog.readonly,
  nearest: found.hits[0]?.item.id,
  method: found.method,
  problem: catalog.info().index.problem ?? null,
  put: codeOf(() => catalog.put([newItem('a', 1)])),
  create: codeOf(() => openCatalog(join(directory, 'new'), { space, create: true })),
};
process.stdout.write(JSON.stringify(report));
