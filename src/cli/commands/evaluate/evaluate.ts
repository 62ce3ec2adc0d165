/** whymatch evaluate: figures instead of impressions. */
import type { Command } from 'commander';
import type { Action } from '../../action.ts';
import { addExplanationsCommand } from './explanations.ts';
import { addRetrievalCommand } from './retrieval.ts';
import { addRobustnessCommand } from './robustness.ts';
import { addSubjectCommand } from './subject.ts';

export function addEvaluateCommands(program: Command, action: Action): void {
  const evaluate = program
    .command('evaluate')
    .summary('measure how well search and explanations work')
    .description('Measures how well search and explanations work on your own catalogue.');
  addRetrievalCommand(evaluate, action);
  addRobustnessCommand(evaluate, action);
  addExplanationsCommand(evaluate, action);
  addSubjectCommand(evaluate, action);
}
