/** whymatch catalog: what is in a catalogue. */
import type { Command } from 'commander';
import type { Action } from '../../action.ts';
import { addDeleteCommand } from './delete.ts';
import { addFailuresCommand } from './failures.ts';
import { addGetCommand } from './get.ts';
import { addInfoCommand } from './info.ts';

export function addCatalogCommands(program: Command, action: Action): void {
  const catalog = program
    .command('catalog')
    .summary('look into a catalogue, and change it')
    .description('Looks into a catalogue, and changes it.');
  addInfoCommand(catalog, action);
  addGetCommand(catalog, action);
  addDeleteCommand(catalog, action);
  addFailuresCommand(catalog, action);
}
