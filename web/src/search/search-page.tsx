/** A search: the query and filters on one side, hits on the other, and the dialog that says why one matched. */
import { useCallback, useState } from 'preact/hooks';
import type { Hit, Info } from '../api/types.ts';
import type { Ask, PictureSource } from '../ask/ask.ts';
import { askFor, noConditions, withConditions, withExample, withSubject } from '../ask/ask.ts';
import { useSpeech } from '../i18n/language.tsx';
import { remember } from '../ui/item-names.ts';
import { WhyDialog } from '../why/why-dialog.tsx';
import { Filters } from './filters.tsx';
import { QueryPanel } from './query-panel.tsx';
import { Results } from './results.tsx';
import { useIncoming } from './use-incoming.ts';
import { useSearch } from './use-search.ts';

export interface SearchPageProps {
  readonly ask: Ask;
  readonly info: Info | undefined;
  readonly onAsk: (ask: Ask) => void;
}

export function SearchPage({ ask, info, onAsk }: SearchPageProps) {
  const { say } = useSpeech();
  const search = useSearch(ask);
  const [why, setWhy] = useState<number>();
  const receive = useCallback(
    (source: PictureSource | undefined) => source && onAsk(askFor(source)),
    [onAsk],
  );
  const over = useIncoming(receive);
  remember(search.hits);
  const subject = ask.pictures[0]!;
  const refine = (next: Ask): void => {
    setWhy(undefined);
    onAsk(next);
  };
  const shown = why === undefined ? undefined : search.hits[why];
  return (
    <div class={over ? 'search over' : 'search'}>
      {over && <p class="drop-now">{say('start.dropNow')}</p>}
      <aside class="side">
        <QueryPanel
          ask={ask}
          answer={search.subject === subject.source ? search.answer : undefined}
          onAsk={onAsk}
        />
        <Filters
          conditions={ask.conditions}
          info={info}
          onChange={(change) => onAsk(withConditions(ask, change))}
        />
      </aside>
      <Results
        search={search}
        conditions={ask.conditions}
        onWhy={(hit: Hit) => setWhy(search.hits.indexOf(hit))}
        onExample={(hit, like) => onAsk(withExample(ask, hit.id, like))}
        onClear={() => onAsk(withConditions(ask, noConditions))}
      />
      {shown && search.answer && (
        <WhyDialog
          hit={shown}
          hits={search.hits}
          query={search.answer.query[0]!}
          info={info}
          onStep={(step) => setWhy((why! + step + search.hits.length) % search.hits.length)}
          onClose={() => setWhy(undefined)}
          onAgain={() => {
            const { focus: _, like: _like, source: _source, ...rest } = subject;
            refine(withSubject(ask, { ...rest, focus: shown.id }));
          }}
          onPivot={() => refine(askFor({ kind: 'item', id: shown.id }, ask.conditions))}
          onExample={(like) => refine(withExample(ask, shown.id, like))}
        />
      )}
    </div>
  );
}
