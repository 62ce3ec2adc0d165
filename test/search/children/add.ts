// Adds items i<argv[3]> to i<argv[4] - 1> to the catalogue in argv[2], says so, and waits to be ended.
import { openCatalog } from '../../../src/search/open-catalog.ts';
import { newItems, smallIndex, space } from '../support.ts';

const [directory, from, to] = process.argv.slice(2);
const catalog = openCatalog(directory!, { space, create: true, index: smallIndex });
catalog.put(newItems(Number(from), Number(to)));
process.stdout.write(`${process.pid}\n`);
setInterval(() => catalog.count(), 1000);
