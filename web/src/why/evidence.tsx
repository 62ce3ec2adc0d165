/** What the maps say, in words: where the score comes from, whether the map can be trusted, and what a place answers. */
import { concentration } from '../../../src/report/concentration.ts';
import { check } from '../api/client.ts';
import type { ExplainedSide, Explanation } from '../api/types.ts';
import { useSpeech } from '../i18n/language.tsx';
import { useLoad } from '../ui/use-load.ts';
import type { Answers } from './answers.ts';
import type { Pointed } from './stage.tsx';

export interface AnswerProps {
  readonly answers: Answers | undefined;
  readonly pointed: Pointed | undefined;
}

/** What the place that is pointed at says. */
export function Answer({ answers, pointed }: AnswerProps) {
  const { say, percent } = useSpeech();
  if (!answers) return <p class="answer">{say('why.loading')}</p>;
  if (!pointed) return <p class="answer">{say('why.invite')}</p>;
  const { side, place } = pointed;
  const { width, height } = answers[side];
  return (
    <p class="answer" aria-live="polite">
      {say(side === 'query' ? 'why.answerHit' : 'why.answerQuery', {
        part: percent(answers.part(answers.of(side, place))),
        mean: percent(1 / (width * height)),
      })}
    </p>
  );
}

export interface EvidenceProps {
  readonly link: string;
  readonly method: string;
  readonly explained: Explanation | undefined;
}

export function Evidence({ link, method, explained }: EvidenceProps) {
  if (!explained) return null;
  return (
    <>
      <Quarters explained={explained} />
      <Check link={link} method={method} />
    </>
  );
}

function Quarters({ explained }: { readonly explained: Explanation }) {
  const { say, percent } = useSpeech();
  const [query, hit] = [quarterOf(explained.query), quarterOf(explained.hit)];
  return (
    <p>
      {say('why.quarters', { query: percent(query), hit: percent(hit) })}{' '}
      {Math.min(query, hit) >= 0.6 && say('why.few')}
      {Math.max(query, hit) <= 0.38 && say('why.spread')}
    </p>
  );
}

function quarterOf({ shares: { width, height, rows }, placement }: ExplainedSide): number {
  const map = { width, height, data: Float32Array.from(rows.flat()) };
  return concentration(map, placement.target, placement.tensor).quarter;
}

/** Slower than the map, so it is asked for apart. */
function Check({ link, method }: { readonly link: string; readonly method: string }) {
  const { say, number } = useSpeech();
  const { value, loading } = useLoad(() => check(link, method), [link, method]);
  const measured = value?.hit.check;
  if (loading) return <p class="soft">{say('why.checking')}</p>;
  if (!measured) return null;
  const { fall, randomFall } = measured;
  const good = fall > randomFall;
  return (
    <p class={good ? 'check' : 'check weak'}>
      {say('why.check', { fall: number(fall, 3), random: number(randomFall, 3) })}{' '}
      {say(good ? 'why.checkGood' : 'why.checkWeak')}
    </p>
  );
}
