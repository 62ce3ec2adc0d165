/** The network in a thread of its own: engines compute for tenths of a second in one go, and nothing else can happen in their thread. */
import type { ModelChoice, Network } from './network.ts';
import type { NetworkTasks } from './network-worker.ts';
import { moduleBesides, Thread } from '../../threads/thread.ts';

export interface NetworkThread extends Network {
  /** Which engine runs it, for people. */
  readonly engine: string;
  close(): Promise<void>;
}

/** Loads the model there. Throws what loadModel throws. */
export async function openNetworkThread(choice: ModelChoice): Promise<NetworkThread> {
  const thread = new Thread<NetworkTasks>(moduleBesides(import.meta, 'network-worker'), choice);
  try {
    const facts = await thread.call('facts');
    return {
      ...facts,
      async examine(images, contents) {
        const seen = await thread.call('examine', images, contents);
        // The images are here already.
        return seen.map((subject, i) => ({ ...subject, image: images[i]! }));
      },
      explain: (query, hits, options) => thread.call('explain', query, hits, options),
      explainName: (subject, reasons, options) => thread.call('explainName', subject, reasons, options),
      warmUp: () => thread.call('warmUp'),
      rest: () => thread.call('rest'),
      close: () => thread.close(),
    };
  } catch (error) {
    await thread.close();
    throw error;
  }
}
