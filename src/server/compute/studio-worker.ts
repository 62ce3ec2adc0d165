/** The thread of the studio. */
import { studio } from './studio.ts';
import { runTasks } from '../../threads/thread.ts';

runTasks(() => Promise.resolve({ tasks: { ...studio }, end: () => Promise.resolve() }));
