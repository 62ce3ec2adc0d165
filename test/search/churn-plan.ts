// The same endless random history for the process that lives it and the one that checks it.
import type { NewItem } from '../../src/core/item.ts';
import { seededRandom } from '../../src/core/random.ts';
import { newItem } from './support.ts';

export interface ChurnStep {
  readonly put?: readonly NewItem[];
  readonly delete?: readonly string[];
}

/** Every third step deletes some of 400 ids; the others add or replace some, each with an embedding never seen before. */
export function churnStep(number: number): ChurnStep {
  const random = seededRandom(number);
  const id = () => `i${Math.floor(random() * 400)}`;
  if (number % 3 === 2) return { delete: Array.from({ length: 8 }, id) };
  return { put: Array.from({ length: 25 }, (_, i) => newItem(id(), number * 100 + i)) };
}

/** Id -> seed of its embedding after the steps below `count`. */
export function churnState(count: number): Map<string, number> {
  const state = new Map<string, number>();
  for (let number = 0; number < count; number++) {
    const step = churnStep(number);
    for (const { id, bytes } of step.put ?? []) state.set(id, bytes - 1000);
    for (const id of step.delete ?? []) state.delete(id);
  }
  return state;
}
