// Changes the catalogue in argv[2] without end, from step argv[3] on, and prints the number of each step once it is committed, and the
// name of each piece of upkeep when it begins.
import { openCatalog } from '../../../src/search/open-catalog.ts';
import { churnStep } from '../churn-plan.ts';
import { smallIndex, space } from '../support.ts';

const [directory, from] = process.argv.slice(2);
const catalog = openCatalog(directory!, { space, create: true, index: smallIndex });
const say = (what: string | number) => process.stdout.write(`${what}\n`);
for (let number = Number(from); ; number++) {
  const step = churnStep(number);
  if (step.put) catalog.put(step.put);
  if (step.delete) catalog.delete(step.delete);
  say(number);
  if (number % 9 === 8) {
    say('saving');
    await catalog.saveIndex();
    say('saved');
  }
  if (number % 14 === 5) {
    say('compacting');
    await catalog.compact();
    say('compacted');
  }
}
