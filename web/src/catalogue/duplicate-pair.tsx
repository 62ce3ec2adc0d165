/** One pair of pictures that may be the same, and what can be done about it: by mouse, or with N, 1 and 2 on the keyboard. */
import type { DuplicateDecision, DuplicatePair, Item } from '../api/types.ts';
import { useSpeech } from '../i18n/language.tsx';
import { factsOf, nameOf } from '../ui/facts.tsx';
import { Icon } from '../ui/icon.tsx';
import { Picture } from '../ui/picture.tsx';

export interface DuplicatePairProps {
  readonly pair: DuplicatePair;
  /** Absent where the caller may not. */
  readonly onDecide: ((decision: DuplicateDecision) => Promise<void>) | undefined;
}

export function DuplicatePairView({ pair, onDecide }: DuplicatePairProps) {
  const { say, known, number } = useSpeech();
  const { a, b, tier, score, pixels } = pair;
  const title = say('duplicates.pair', { a: a.id, b: b.id });
  const differ = (): void => void onDecide?.({ decision: 'not-duplicate', a: a.id, b: b.id });
  const remove = (gone: Item, kept: Item): void => {
    if (confirm(say('catalogue.deleteSure', { name: gone.id })))
      void onDecide?.({ decision: 'delete', a: kept.id, b: gone.id });
  };
  const pressed = (event: KeyboardEvent): void => {
    if (!onDecide || event.ctrlKey || event.metaKey || event.altKey) return;
    const actions: Readonly<Record<string, () => void>> = {
      n: differ,
      '1': () => remove(a, b),
      '2': () => remove(b, a),
    };
    const action = actions[event.key.toLowerCase()];
    if (!action) return;
    event.preventDefault();
    action();
  };
  return (
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- keys decide about the pair in focus
    <article class="duplicate" aria-label={title} tabIndex={onDecide ? 0 : -1} onKeyDown={pressed}>
      <header>
        <span class="tag">{known(`duplicates.${tier}`)}</span>
        <span class="soft">
          {say('duplicates.score', { score: number(score, 3) })}
          {pixels && ` · ${say('duplicates.pixels', { difference: number(pixels.difference, 1) })}`}
        </span>
      </header>
      <div class="duplicate-sides">
        <Side item={a} onDelete={onDecide && (() => remove(a, b))} />
        <Side item={b} onDelete={onDecide && (() => remove(b, a))} />
      </div>
      {onDecide && (
        <button type="button" onClick={differ}>
          {say('duplicates.notDuplicate')}
        </button>
      )}
    </article>
  );
}

function Side({ item, onDelete }: { readonly item: Item; readonly onDelete: (() => void) | undefined }) {
  const { say, number } = useSpeech();
  const { id, width, height, bytes, metadata, links } = item;
  const facts = [
    `${width} × ${height}`,
    `${number(bytes / 1024)} KiB`,
    ...factsOf(metadata).map(([, value]) => value),
  ];
  return (
    <figure>
      <Picture src={`${links.thumbnail}&maxSide=384`} alt={nameOf(metadata, id)} lazy />
      <figcaption>
        <b>{nameOf(metadata, id)}</b>
        {nameOf(metadata, id) !== id && <span class="path">{id}</span>}
        <span class="soft">{facts.slice(0, 4).join(' · ')}</span>
      </figcaption>
      {onDelete && (
        <button
          type="button"
          class="small"
          aria-label={say('catalogue.deleteOf', { name: id })}
          onClick={onDelete}
        >
          <Icon name="trash" />
          {say('catalogue.delete')}
        </button>
      )}
    </figure>
  );
}
