/** Where a search begins: a photo from anywhere, or one of the catalogue's own. */
import { useCallback, useState } from 'preact/hooks';
import { recentItems } from '../api/client.ts';
import type { Item } from '../api/types.ts';
import type { Ask, PictureSource } from '../ask/ask.ts';
import { askFor } from '../ask/ask.ts';
import { useSpeech } from '../i18n/language.tsx';
import { nameOf } from '../ui/facts.tsx';
import { Icon } from '../ui/icon.tsx';
import { Notice, ProblemNotice } from '../ui/notice.tsx';
import { Picture } from '../ui/picture.tsx';
import { useLoad } from '../ui/use-load.ts';
import { PictureButtons } from './picture-buttons.tsx';
import { useIncoming } from './use-incoming.ts';

export interface StartPageProps {
  readonly onAsk: (ask: Ask) => void;
  readonly onCatalogue: () => void;
}

export function StartPage({ onAsk, onCatalogue }: StartPageProps) {
  const { say } = useSpeech();
  const [refused, setRefused] = useState(false);
  const receive = useCallback(
    (source: PictureSource | undefined) => (source ? onAsk(askFor(source)) : setRefused(true)),
    [onAsk],
  );
  const over = useIncoming(receive);
  return (
    <div class="start">
      <section class={over ? 'drop over' : 'drop'} aria-labelledby="start-title">
        <Icon name="search" />
        <h1 id="start-title">{say('start.title')}</h1>
        <p class="lead by-mouse">{over ? say('start.dropNow') : say('start.drop')}</p>
        <p class="soft by-mouse">{say('start.paste')}</p>
        <PictureButtons onFile={(file) => onAsk(askFor({ kind: 'file', file }))} />
        <p role="status" class="warning">
          {refused && say('start.notPicture')}
        </p>
      </section>
      <Examples onAsk={onAsk} onCatalogue={onCatalogue} />
    </div>
  );
}

function Examples({ onAsk, onCatalogue }: StartPageProps) {
  const { say } = useSpeech();
  const { value: items, problem } = useLoad(() => recentItems(200), []);
  if (problem) return <ProblemNotice problem={problem} onRetry={() => location.reload()} />;
  if (items?.length === 0) {
    return (
      <Notice title={say('start.empty')}>
        <p>{say('start.emptyHelp')}</p>
        <button type="button" onClick={onCatalogue}>
          {say('start.emptyAction')}
        </button>
      </Notice>
    );
  }
  return (
    <section aria-labelledby="examples-title" aria-busy={!items}>
      <h2 id="examples-title">{say('start.examples')}</h2>
      <ul class="examples">
        {items
          ? wholeRows(mixed(items, 12)).map(({ id, metadata, links }) => (
              <li key={id}>
                <button type="button" class="tile" onClick={() => onAsk(askFor({ kind: 'item', id }))}>
                  <Picture
                    src={links.thumbnail}
                    alt={say('start.example', { name: nameOf(metadata, id) })}
                    lazy
                  />
                </button>
              </li>
            ))
          : Array.from({ length: 12 }, (_, i) => <li key={i} class="tile waiting" />)}
      </ul>
    </section>
  );
}

/** Rows have six or three. */
const wholeRows = <T,>(items: readonly T[]): readonly T[] =>
  items.length > 6 ? items.slice(0, items.length - (items.length % 6)) : items;

/** One picture of a product, and all categories in turn: the latest items may all be mugs. */
function mixed(items: readonly Item[], count: number): readonly Item[] {
  const products = new Map(items.map((item) => [item.productId ?? item.id, item]));
  const categories = [...new Set([...products.values()].map(categoryOf))];
  const rows = categories.map((category) =>
    [...products.values()].filter((item) => categoryOf(item) === category),
  );
  const rounds = Array.from({ length: count }, (_, round) =>
    rows.flatMap((row) => row.slice(round, round + 1)),
  );
  return rounds.flat().slice(0, count);
}

const categoryOf = ({ metadata }: Item): unknown => metadata['category'];
