/** The thread of the studio. */
import { studio } from './studio.ts';
import { runTasks } from './thread.ts';

const tasks = { draw: studio.draw, answers: studio.answers };
runTasks(() => Promise.resolve({ tasks, end: () => Promise.resolve() }));
