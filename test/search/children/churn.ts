// Changes the catalogue in argv[2] without end, from step argv[3] on, and prints the number of each step once it is committed.
import { openCatalog } from '../../../src/search/open-catalog.ts';
import { churnStep } from '../churn-plan.ts';
import { space } from '../support.ts';

const [directory, from] = process.argv.slice(2);
const catalog = openCatalog(directory!, { space, create: true, index: { exactUpTo: 50 } });
for (let number = Number(from); ; number++) {
  const step = churnStep(number);
  if (step.put) catalog.put(step.put);
  if (step.delete) catalog.delete(step.delete);
  process.stdout.write(`${number}\n`);
  if (number % 4 === 3) await catalog.saveIndex();
}
