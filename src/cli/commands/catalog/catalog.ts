/** whymatch catalog: what is in a catalogue. */
import type { Command } from 'commander';
import type { Action } from '../../action.ts';
import { addCompactCommand } from './compact.ts';
import { addDeleteCommand } from './delete.ts';
import { addDuplicatesCommand } from './duplicates.ts';
import { addExportCommand } from './export.ts';
import { addFailuresCommand } from './failures.ts';
import { addGetCommand } from './get.ts';
import { addImportCommand } from './import.ts';
import { addIndexFieldCommand } from './index-field.ts';
import { addInfoCommand } from './info.ts';
import { addLearnNamesCommand } from './learn-names.ts';
import { addNotDuplicateCommand } from './not-duplicate.ts';
import { addReEmbedCommand } from './re-embed.ts';
import { addRebuildCommand } from './rebuild.ts';
import { addTuneCommand } from './tune.ts';
import { addVerifyCommand } from './verify.ts';

export function addCatalogCommands(program: Command, action: Action): void {
  const catalog = program
    .command('catalog')
    .summary('look into a catalogue, and change it')
    .description('Looks into a catalogue, and changes it.');
  addInfoCommand(catalog, action);
  addGetCommand(catalog, action);
  addDeleteCommand(catalog, action);
  addFailuresCommand(catalog, action);
  addIndexFieldCommand(catalog, action);
  addLearnNamesCommand(catalog, action);
  addDuplicatesCommand(catalog, action);
  addNotDuplicateCommand(catalog, action);
  addVerifyCommand(catalog, action);
  addCompactCommand(catalog, action);
  addRebuildCommand(catalog, action);
  addTuneCommand(catalog, action);
  addExportCommand(catalog, action);
  addImportCommand(catalog, action);
  addReEmbedCommand(catalog, action);
}
