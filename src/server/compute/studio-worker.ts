/** The thread of the studio. */
import { studio } from './studio.ts';
import { runTasks } from './thread.ts';

runTasks(() => Promise.resolve({ tasks: { ...studio }, end: () => Promise.resolve() }));
