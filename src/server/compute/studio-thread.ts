/** The studio in a thread of its own. */
import type { Subject } from '../../explain/subject.ts';
import type { DrawnPair } from '../../report/overlays.ts';
import type { Drawing, Studio } from './studio.ts';
import { moduleBesides, Thread } from '../../threads/thread.ts';

export interface StudioThread extends Studio {
  close(): Promise<void>;
}

/** The thread starts with the first drawing. */
export function openStudioThread(): StudioThread {
  const thread = new Thread<Pick<Studio, keyof Studio>>(moduleBesides(import.meta, 'studio-worker'));
  return {
    draw: (pair, drawing) => thread.call('draw', needed(pair, drawing), drawing),
    answers: (query, hit) => thread.call('answers', withoutImage(query), withoutImage(hit)),
    regions: (subject, placement) => thread.call('regions', withoutImage(subject), placement),
    likenesses: (looks, others) => thread.call('likenesses', looks, others),
    rest: async () => {
      if (thread.isRunning) await thread.call('rest');
    },
    close: () => thread.close(),
  };
}

/** Everything that is sent is copied: so nothing that is not drawn. */
function needed({ query, hit, explanation }: DrawnPair, { method, side, layer }: Drawing): DrawnPair {
  const nothing = new Uint8Array();
  const shown = (of: typeof side, { picture, placement }: DrawnPair[typeof side]) => ({
    picture: of === side && layer === 'overlay' ? picture : { ...picture, bytes: nothing },
    placement,
  });
  const maps = { [method]: explanation.maps[method]! };
  return { query: shown('query', query), hit: shown('hit', hit), explanation: { maps } };
}

const withoutImage = (subject: Subject): Subject => ({
  ...subject,
  image: { ...subject.image, data: new Float32Array() },
});
