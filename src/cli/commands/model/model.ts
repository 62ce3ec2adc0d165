/** whymatch model: the networks that turn pictures into embeddings. */
import type { Command } from 'commander';
import type { Action } from '../../action.ts';
import { addAddCommand } from './add.ts';
import { addExportCommand } from './export-explanation.ts';
import { addInfoCommand } from './info.ts';
import { addListCommand } from './list.ts';
import { addPullCommand } from './pull.ts';
import { addRemoveCommand } from './remove.ts';
import { addVisualizeCommand } from './visualize.ts';

export function addModelCommands(program: Command, action: Action): void {
  const model = program
    .command('model')
    .summary('list, get and export models')
    .description(
      'Lists, gets and exports models: the networks that turn pictures into embeddings. Nothing needs to be downloaded: whymatch-s is part of whymatch.',
    );
  addListCommand(model, action);
  addInfoCommand(model, action);
  addPullCommand(model, action);
  addAddCommand(model, action);
  addRemoveCommand(model, action);
  addExportCommand(model, action);
  addVisualizeCommand(model, action);
}
