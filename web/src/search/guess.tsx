/** What the picture shows, and why: the map of the name on the picture, and what else it might be. */
import { explainedName } from '../api/client.ts';
import type { SearchAnswer } from '../api/types.ts';
import type { Ask } from '../ask/ask.ts';
import { withConditions } from '../ask/ask.ts';
import { useSpeech } from '../i18n/language.tsx';
import { Icon } from '../ui/icon.tsx';
import { Picture } from '../ui/picture.tsx';
import { useLoad } from '../ui/use-load.ts';

/** The name whose reasons are shown: a link to them. */
export interface AskedName {
  readonly link: string;
  readonly value: string;
}

export interface GuessProps {
  readonly ask: Ask;
  readonly answer: SearchAnswer | undefined;
  readonly asked: AskedName | undefined;
  readonly onAsk: (ask: Ask) => void;
  readonly onWhy: (asked: AskedName | undefined) => void;
}

export function Guess({ ask, answer, asked, onAsk, onWhy }: GuessProps) {
  const { say, percent } = useSpeech();
  const guess = answer?.category;
  if (!guess) return null;
  const { values } = ask.conditions;
  const { value, field, confidence, votes } = guess;
  const link = guess.links.explanation;
  return (
    <>
      <p class="guess">
        {say('query.category', { value })} <span class="soft">({percent(confidence)})</span>
        {!values[field] && (
          <button
            type="button"
            class="small"
            onClick={() => onAsk(withConditions(ask, { values: { ...values, [field]: [value] } }))}
          >
            {say('query.categoryOnly')}
          </button>
        )}
        {link !== undefined && (
          <button
            type="button"
            class="small"
            aria-pressed={asked !== undefined}
            onClick={() => onWhy(asked ? undefined : { link, value })}
          >
            <Icon name="target" />
            {say('name.why')}
          </button>
        )}
      </p>
      {asked && link !== undefined && (
        <div class="reasons">
          <p class="soft">{say('name.about', { value: asked.value })}</p>
          <NameCheck asked={asked} />
          <div class="row" role="group" aria-label={say('name.others')}>
            {votes.map((vote) => (
              <button
                type="button"
                class="small"
                key={vote.value}
                aria-pressed={vote.value === asked.value}
                onClick={() => onWhy({ link, value: vote.value })}
              >
                {vote.value} <span class="soft">{percent(vote.share)}</span>
              </button>
            ))}
          </div>
        </div>
      )}
    </>
  );
}

/** The map of a name, over the picture. */
export function NameMap({ asked: { link, value } }: { readonly asked: AskedName }) {
  const src = `${withValue(link, value)}&format=png&layer=map&maxSide=768`;
  return <Picture key={src} class="map" src={src} alt="" />;
}

/** Slower than the map, so it is asked for apart. */
function NameCheck({ asked: { link, value } }: { readonly asked: AskedName }) {
  const { say, number } = useSpeech();
  const { value: explained, loading } = useLoad(() => explainedName(withValue(link, value)), [link, value]);
  if (loading) return <p class="soft">{say('why.checking')}</p>;
  const check = explained?.query.check;
  if (!check) return null;
  const { fall, randomFall, verdict } = check;
  const good = verdict === 'faithful';
  return (
    <p class={good ? 'check' : 'check weak'}>
      {say('name.check', { marked: number(fall, 2), random: number(randomFall, 2) })}{' '}
      {say(good ? 'why.checkGood' : 'why.checkWeak')}
    </p>
  );
}

const withValue = (link: string, value: string): string =>
  `${link}${link.includes('?') ? '&' : '?'}value=${encodeURIComponent(value)}`;
