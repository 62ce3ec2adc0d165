/** The hits, best first. Their maps are pictures that load when they come into view, after the hits are there. */
import { useEffect, useRef, useState } from 'preact/hooks';
import type { Hit } from '../api/types.ts';
import type { Conditions } from '../ask/ask.ts';
import { countConditions } from '../ask/ask.ts';
import { useSpeech } from '../i18n/language.tsx';
import { Notice, ProblemNotice } from '../ui/notice.tsx';
import { Switch } from '../ui/switch.tsx';
import { HitCard } from './hit-card.tsx';
import type { Search } from './use-search.ts';

export interface ResultsProps {
  readonly search: Search;
  readonly conditions: Conditions;
  readonly onWhy: (hit: Hit) => void;
  readonly onExample: (hit: Hit, like: boolean) => void;
  /** All conditions go. */
  readonly onClear: () => void;
}

const shownLayers = ['none', 'match', 'guided-match'] as const;
/** Kept from search to search. */
let lastLayer: (typeof shownLayers)[number] = 'guided-match';

export function Results({ search, conditions, onWhy, onExample, onClear }: ResultsProps) {
  const { say, known } = useSpeech();
  const [layer, setLayer] = useState(lastLayer);
  const { hits, status, answer, problem } = search;
  const section = useRef<HTMLElement>(null);
  useEffect(() => {
    // Another search begins with its best hits, wherever the last one was left.
    const isAbove = section.current!.getBoundingClientRect().top < 0;
    if (status === 'searching' && isAbove) section.current!.scrollIntoView();
  }, [status]);
  return (
    <section ref={section} class="results" aria-labelledby="results-title" aria-busy={status === 'searching'}>
      <header class="results-head">
        <h1 id="results-title">{say('results.title')}</h1>
        <p role="status" class="soft">
          <Summary search={search} />
        </p>
        <Switch
          legend={say('results.show')}
          value={layer}
          options={shownLayers.map((value) => ({ value, title: known(`layer.${value}`) }))}
          onChange={(next) => {
            lastLayer = next;
            setLayer(next);
          }}
        />
      </header>
      {problem && <ProblemNotice problem={problem} onRetry={search.retry} />}
      {status === 'done' && hits.length === 0 && (
        <Notice title={say('results.none')}>
          {countConditions(conditions) > 0 ? (
            <>
              <p>{say('results.noneFiltered')}</p>
              <button type="button" onClick={onClear}>
                {say('results.clear')}
              </button>
            </>
          ) : (
            <p>{say('results.noneHelp')}</p>
          )}
        </Notice>
      )}
      <ul class={status === 'searching' ? 'hits stale' : 'hits'}>
        {answer
          ? hits.map((hit) => (
              <li key={hit.id}>
                <HitCard
                  hit={hit}
                  original={hits.find(({ id }) => id === hit.duplicateOf?.hit)}
                  layer={layer}
                  onWhy={() => onWhy(hit)}
                  onExample={(like) => onExample(hit, like)}
                />
              </li>
            ))
          : status === 'searching' && Array.from({ length: 8 }, (_, i) => <li key={i} class="hit waiting" />)}
      </ul>
      <More search={search} />
    </section>
  );
}

function Summary({ search: { hits, status, answer } }: { readonly search: Search }) {
  const { say, count, number } = useSpeech();
  if (status === 'searching') return <>{say('results.searching')}</>;
  if (!answer || status === 'failed') return null;
  return (
    <>
      {answer.more ? say('results.first', { count: hits.length }) : count('results.count', hits.length)}{' '}
      {say('results.time', { time: number(answer.timings.total) })}
    </>
  );
}

/** A button that presses itself when it comes into view. */
function More({ search }: { readonly search: Search }) {
  const { say } = useSpeech();
  const button = useRef<HTMLButtonElement>(null);
  const { status, answer, loadMore, hits } = search;
  const possible = status === 'done' && answer?.more === true;
  useEffect(() => {
    if (!possible) return;
    const observer = new IntersectionObserver(
      (entries) => {
        if (entries.some(({ isIntersecting }) => isIntersecting)) loadMore();
      },
      { rootMargin: '300px' },
    );
    observer.observe(button.current!);
    return () => observer.disconnect();
  }, [possible, hits.length]);
  if (hits.length === 0) return null;
  if (possible || status === 'more') {
    return (
      <p class="more">
        <button ref={button} type="button" disabled={status === 'more'} onClick={loadMore}>
          {status === 'more' ? say('results.loadingMore') : say('results.more')}
        </button>
      </p>
    );
  }
  return status === 'done' ? <p class="more soft">{say('results.end')}</p> : null;
}
