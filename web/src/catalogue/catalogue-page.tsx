/** What is in the catalogue, and how to change it. */
import { useState } from 'preact/hooks';
import { deleteItem, failures, recentItems, stats } from '../api/client.ts';
import type { Info, Item, Stats } from '../api/types.ts';
import type { Ask } from '../ask/ask.ts';
import { askFor } from '../ask/ask.ts';
import { useSpeech } from '../i18n/language.tsx';
import { factsOf, nameOf } from '../ui/facts.tsx';
import { Icon } from '../ui/icon.tsx';
import { Notice, ProblemNotice } from '../ui/notice.tsx';
import { Picture } from '../ui/picture.tsx';
import { asProblem, useLoad } from '../ui/use-load.ts';
import { DuplicateReview } from './duplicates.tsx';
import { UploadPanel } from './upload-panel.tsx';

/** Duplicates and failures follow below; the server tells of so many at most. */
const firstShown = 12;
const mostShown = 200;

export interface CataloguePageProps {
  readonly info: Info | undefined;
  readonly onAsk: (ask: Ask) => void;
}

export function CataloguePage({ info, onAsk }: CataloguePageProps) {
  const { say } = useSpeech();
  const [version, setVersion] = useState(0);
  const [said, setSaid] = useState('');
  const changed = (): void => setVersion((last) => last + 1);
  const { value: numbers, problem } = useLoad(stats, [version]);
  const [shown, setShown] = useState(firstShown);
  const { value: items, problem: itemsProblem } = useLoad(() => recentItems(shown), [version, shown]);
  const mayWrite = info?.scopes.includes('write') ?? false;
  const find = (id: string): void => onAsk(askFor({ kind: 'item', id }));
  const remove = async (item: Item): Promise<void> => {
    const name = nameOf(item.metadata, item.id);
    if (!confirm(say('catalogue.deleteSure', { name }))) return;
    try {
      await deleteItem(item.id);
      setSaid(say('catalogue.deleted', { name }));
      changed();
    } catch (error) {
      setSaid(asProblem(error).message);
    }
  };
  return (
    <div class="catalogue">
      <h1>{say('catalogue.title')}</h1>
      {problem && <ProblemNotice problem={problem} onRetry={changed} />}
      {numbers && <Numbers numbers={numbers} />}
      {mayWrite ? (
        <UploadPanel onChanged={changed} onFind={find} />
      ) : (
        info && <p class="soft">{say('catalogue.readOnly')}</p>
      )}
      <p role="status" class="status">
        {said}
      </p>
      <section aria-labelledby="recent-title">
        <h2 id="recent-title">{say('catalogue.recent')}</h2>
        {itemsProblem && <ProblemNotice problem={itemsProblem} onRetry={changed} />}
        {items?.length === 0 && (
          <Notice title={say('catalogue.none')}>
            <p>{say('catalogue.noneHelp')}</p>
          </Notice>
        )}
        <ul class="recent">
          {items?.map((item) => (
            <li key={item.id}>
              <RecentItem item={item} onFind={find} onDelete={mayWrite ? remove : undefined} />
            </li>
          ))}
        </ul>
        {numbers && items && shown < mostShown && items.length < numbers.items && (
          <p class="more">
            <button type="button" onClick={() => setShown(mostShown)}>
              {say('results.more')}
            </button>
          </p>
        )}
      </section>
      {info && numbers && numbers.items > 1 && <DuplicateReview mayWrite={mayWrite} onChanged={changed} />}
      {info?.scopes.includes('admin') && numbers && numbers.failures > 0 && <Failures version={version} />}
    </div>
  );
}

function Numbers({ numbers }: { readonly numbers: Stats }) {
  const { say, number } = useSpeech();
  const { items, failures: failed, model, index, bytes } = numbers;
  const facts = [
    [say('catalogue.items'), number(items)],
    [say('catalogue.failures'), number(failed)],
    [say('catalogue.model'), model.name],
    [say('catalogue.index'), index.method],
    [say('catalogue.size'), `${number((bytes.database + bytes.index) / 1e6, 1)} MB`],
  ] as const;
  return (
    <dl class="numbers">
      {facts.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}

interface RecentItemProps {
  readonly item: Item;
  readonly onFind: (id: string) => void;
  /** Absent where the caller may not. */
  readonly onDelete: ((item: Item) => Promise<void>) | undefined;
}

function RecentItem({ item, onFind, onDelete }: RecentItemProps) {
  const { say, language } = useSpeech();
  const { id, metadata, links, indexedAt } = item;
  const name = nameOf(metadata, id);
  return (
    <article class="recent-item" aria-label={name}>
      <Picture src={links.thumbnail} alt={name} lazy />
      <div>
        <h3>{name}</h3>
        <p class="soft">
          <time dateTime={indexedAt}>
            {new Date(indexedAt).toLocaleString(language, { dateStyle: 'medium', timeStyle: 'short' })}
          </time>
        </p>
        <p class="soft facts-line">
          {factsOf(metadata)
            .slice(0, 3)
            .map(([, value]) => value)
            .join(' · ')}
        </p>
        <div class="row">
          <button
            type="button"
            class="small"
            aria-label={say('catalogue.findOf', { name })}
            onClick={() => onFind(id)}
          >
            <Icon name="search" />
            {say('catalogue.find')}
          </button>
          {onDelete && (
            <button
              type="button"
              class="plain icon-only"
              aria-label={say('catalogue.deleteOf', { name })}
              onClick={() => void onDelete(item)}
            >
              <Icon name="trash" />
            </button>
          )}
        </div>
      </div>
    </article>
  );
}

function Failures({ version }: { readonly version: number }) {
  const { say } = useSpeech();
  const { value = [] } = useLoad(failures, [version]);
  return (
    <section aria-labelledby="failures-title">
      <h2 id="failures-title">{say('catalogue.failed')}</h2>
      <ul class="failures">
        {value.map(({ source, code, message }) => (
          <li key={source}>
            <span class="path">{source}</span> <span class="code">{code}</span>
            <br />
            {message}
          </li>
        ))}
      </ul>
    </section>
  );
}
