/** One hit: its picture with the map on it, how similar it is, and what can be done with it. */
import { useState } from 'preact/hooks';
import type { Hit } from '../api/types.ts';
import { useSpeech } from '../i18n/language.tsx';
import { factsOf, fieldTitle, nameOf } from '../ui/facts.tsx';
import { Icon } from '../ui/icon.tsx';
import { Picture } from '../ui/picture.tsx';
import { MapLayer } from './map-layer.tsx';

export interface HitCardProps {
  readonly hit: Hit;
  /** The hit that this one is a copy of. */
  readonly original: Hit | undefined;
  /** A method, or none. */
  readonly layer: string;
  readonly onWhy: () => void;
  readonly onExample: (like: boolean) => void;
}

export function HitCard({ hit, original, layer, onWhy, onExample }: HitCardProps) {
  const speech = useSpeech();
  const { say, number } = speech;
  const { id, rank, score, likeness, looks, metadata, links } = hit;
  const [state, setState] = useState<'loading' | 'shown' | 'missing'>('loading');
  const name = nameOf(metadata, id);
  return (
    <article class="hit" aria-label={name}>
      <button type="button" class="hit-picture" aria-label={say('hit.why', { name })} onClick={onWhy}>
        {state === 'missing' ? (
          <span class="soft">{say('hit.missing')}</span>
        ) : (
          <Picture
            src={`${links.thumbnail}${joint(links.thumbnail)}maxSide=384`}
            alt=""
            lazy
            onShown={() => setState('shown')}
            onMissing={() => setState('missing')}
          />
        )}
        {state === 'shown' && links.explanation && layer !== 'none' && (
          <MapLayer key={`${layer} ${links.explanation}`} link={links.explanation} method={layer} />
        )}
        <span class="why-hint" aria-hidden="true">
          <Icon name="eye" />
          {say('hit.whyShort')}
        </span>
        {hit.duplicateOf && <DuplicateBadge of={hit.duplicateOf} original={original} />}
      </button>
      <div class="hit-body">
        <h2>
          <span class="rank" aria-label={say('hit.rank', { rank })}>
            {rank}
          </span>
          {name}
        </h2>
        {likeness && <p class={`likeness ${likeness}`}>{say(`hit.${likeness}`)}</p>}
        <div class="score" role="img" aria-label={say('hit.score', { score: number(score, 3) })}>
          <span class="bar">
            <span style={{ width: `${100 * Math.max(0, score)}%` }} />
          </span>
          <span class="number">{number(score, 3)}</span>
        </div>
        {(looks?.query || looks?.hit) && (
          <p class="soft looks">
            {say(
              looks.query && looks.hit ? 'hit.closerBoth' : looks.query ? 'hit.closerQuery' : 'hit.closerHit',
            )}
          </p>
        )}
        <p class="hit-facts">
          {factsOf(metadata)
            .slice(0, 4)
            .map(([field, value]) => (
              <span key={field} title={fieldTitle(field, speech)}>
                {/* Words mostly say what they are; a bare number does not. */}
                {typeof metadata[field] === 'number' && `${fieldTitle(field, speech)} `}
                {value}
              </span>
            ))}
        </p>
        <div class="hit-actions">
          <button
            type="button"
            class="small"
            aria-label={say('hit.moreOf', { name })}
            onClick={() => onExample(true)}
          >
            <Icon name="plus" />
            {say('hit.more')}
          </button>
          <button
            type="button"
            class="small"
            aria-label={say('hit.lessOf', { name })}
            onClick={() => onExample(false)}
          >
            <Icon name="minus" />
            {say('hit.less')}
          </button>
        </div>
      </div>
    </article>
  );
}

interface DuplicateBadgeProps {
  readonly of: NonNullable<Hit['duplicateOf']>;
  readonly original: Hit | undefined;
}

function DuplicateBadge({ of: { tier }, original }: DuplicateBadgeProps) {
  const { say } = useSpeech();
  const edited = tier === 'near-duplicate';
  return (
    <span class="badge">
      {original
        ? say(edited ? 'hit.edited' : 'hit.again', { rank: original.rank })
        : say(edited ? 'hit.queryEdited' : 'hit.queryAgain')}
    </span>
  );
}

const joint = (link: string): string => (link.includes('?') ? '&' : '?');
