/** whymatch model remove: an added or pulled model goes. */
import type { Command } from 'commander';
import { removeModel } from '../../../model/user-models.ts';
import type { Action, Ending, Invocation } from '../../action.ts';
import { examples } from '../../help.ts';

export function addRemoveCommand(model: Command, action: Action): void {
  model
    .command('remove')
    .summary('remove a model that was pulled or added')
    .description(
      'Removes a model that was pulled or added, and its copy of the file. Catalogues that were made with it need it to be searched.',
    )
    .argument('<name>', 'the model’s name')
    .addHelpText('after', examples(['whymatch model remove resnet18']))
    .action(action(remove));
}

async function remove({ out }: Invocation, name: string): Promise<Ending> {
  await removeModel(name);
  out.result({ removed: name }, () => [`removed ${name}`]);
  return undefined;
}
