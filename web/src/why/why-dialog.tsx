/** Why a hit matched: query and hit side by side, with maps, and what one can do with that knowledge. */
import { useMemo, useState } from 'preact/hooks';
import { correspondence } from '../api/client.ts';
import type { AnsweredPicture, Explanation, Hit, Info } from '../api/types.ts';
import { useSpeech } from '../i18n/language.tsx';
import { Dialog } from '../ui/dialog.tsx';
import { Facts, nameOf } from '../ui/facts.tsx';
import { Icon } from '../ui/icon.tsx';
import { ProblemNotice } from '../ui/notice.tsx';
import { useLoad } from '../ui/use-load.ts';
import { Answers } from './answers.ts';
import { Answer, Evidence } from './evidence.tsx';
import { Explanations, scaleOf } from './maps.ts';
import type { Pointed } from './stage.tsx';
import { Stage } from './stage.tsx';
import { firstLook, Legend, noLayer, Toolbar } from './toolbar.tsx';

export interface WhyDialogProps {
  readonly hit: Hit;
  readonly hits: readonly Hit[];
  readonly query: AnsweredPicture;
  readonly info: Info | undefined;
  /** To the hit before (-1) or after (1). */
  readonly onStep: (step: number) => void;
  readonly onClose: () => void;
  readonly onAgain: () => void;
  readonly onPivot: () => void;
  readonly onExample: (like: boolean) => void;
}

export function WhyDialog(props: WhyDialogProps) {
  const { hit, onStep, onClose } = props;
  const { say, number } = useSpeech();
  const name = nameOf(hit.metadata, hit.id);
  const stepped = ({ key, target }: KeyboardEvent): void => {
    // Arrows mean something else in what has a value and in pictures, which keep them.
    if (target instanceof HTMLInputElement || target instanceof HTMLSelectElement) return;
    if (key === 'ArrowLeft') onStep(-1);
    if (key === 'ArrowRight') onStep(1);
  };
  return (
    <Dialog
      title={name}
      class="why"
      onClose={onClose}
      onKeyDown={stepped}
      head={
        <>
          <span class="rank" role="img" aria-label={say('hit.rank', { rank: hit.rank })}>
            {hit.rank}
          </span>
          <span class="number" role="img" aria-label={say('hit.score', { score: number(hit.score, 3) })}>
            {number(hit.score, 3)}
          </span>
          <button
            type="button"
            class="plain icon-only"
            aria-label={say('why.previous')}
            onClick={() => onStep(-1)}
          >
            <Icon name="left" />
          </button>
          <button
            type="button"
            class="plain icon-only"
            aria-label={say('why.next')}
            onClick={() => onStep(1)}
          >
            <Icon name="right" />
          </button>
        </>
      }
    >
      <Pair key={hit.id} {...props} />
      <Actions {...props} />
      <Facts metadata={hit.metadata} more={[['id', hit.id]]} />
    </Dialog>
  );
}

/** Kept while the page lives: stepping to and fro asks the server once. */
const explanations = new Explanations();
let look = firstLook;

function Pair({ hit, hits, query, info }: WhyDialogProps) {
  const { say } = useSpeech();
  const [{ method, shared, opacity }, setLook] = useState(look);
  const [pointed, setPointed] = useState<Pointed>();
  const link = hit.links.explanation!;
  const shownMethod = method === noLayer ? 'match' : method;
  const {
    value: explained,
    problem,
    loading,
  } = useLoad(() => explanations.of(link, shownMethod), [link, shownMethod]);
  const { value: answers } = useLoad(async () => new Answers(await correspondence(link)), [link]);
  const { value: common } = useLoad(
    shared && method !== noLayer ? () => explanations.sharedScale(hits, method) : undefined,
    [shared, method, hits],
  );
  const own = useMemo(
    () => explained && { query: scaleOf([explained.query]), hit: scaleOf([explained.hit]) },
    [explained],
  );
  const scale = method === noLayer ? undefined : shared && common ? common : own;
  const stage = { scale: undefined, answers, pointed, onPoint: setPointed };
  return (
    <div class="evidence" style={{ '--opacity': opacity }}>
      <Toolbar
        look={{ method, shared, opacity }}
        info={info}
        onChange={(change) => {
          look = { ...look, ...change };
          setLook(look);
        }}
      />
      {problem && <ProblemNotice problem={problem} />}
      <div class="pair" aria-busy={loading} data-method={explained?.method}>
        <figure>
          <Stage
            {...stage}
            side="query"
            src={query.links.image ?? ''}
            alt={say('query.alt')}
            ratio={query.width / query.height}
            explained={explained?.query}
            scale={scale?.query}
          />
          <figcaption>{say('why.query')}</figcaption>
        </figure>
        <figure>
          <Stage
            {...stage}
            side="hit"
            src={`${hit.links.thumbnail}${hit.links.thumbnail.includes('?') ? '&' : '?'}maxSide=512`}
            alt={nameOf(hit.metadata, hit.id)}
            ratio={hit.width / hit.height}
            explained={explained?.hit}
            scale={scale?.hit}
          />
          <figcaption>{say('why.hit')}</figcaption>
        </figure>
      </div>
      <Compared hit={hit} explained={explained} />
      <Answer answers={answers} pointed={pointed} />
      <Evidence link={link} method={shownMethod} explained={explained} />
      <Legend look={{ method, shared, opacity }} info={info} />
    </div>
  );
}

/** Where the hit was looked at more closely: maps and figures are of the parts that were most alike. */
function Compared({
  hit: { looks },
  explained,
}: {
  readonly hit: Hit;
  readonly explained: Explanation | undefined;
}) {
  const { say, number } = useSpeech();
  if (!explained || !(looks?.query || looks?.hit)) return null;
  const parts =
    looks.query && looks.hit ? 'why.comparedBoth' : looks.query ? 'why.comparedQuery' : 'why.comparedHit';
  return <p>{say(parts, { score: number(explained.score, 3) })}</p>;
}

function Actions({ hit, onAgain, onPivot, onExample }: WhyDialogProps) {
  const { say } = useSpeech();
  return (
    <div class="row actions">
      <button type="button" class="primary" onClick={onAgain}>
        <Icon name="target" />
        {say('why.again')}
      </button>
      <button type="button" onClick={() => onExample(true)}>
        <Icon name="plus" />
        {say('hit.more')}
      </button>
      <button type="button" onClick={() => onExample(false)}>
        <Icon name="minus" />
        {say('hit.less')}
      </button>
      <button type="button" onClick={onPivot}>
        <Icon name="search" />
        {say('why.pivot')}
      </button>
      <a class="soft" href={hit.links.image} target="_blank" rel="noreferrer">
        {say('why.file')}
      </a>
    </div>
  );
}
