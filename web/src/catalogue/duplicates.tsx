/** Pictures that are in the catalogue twice, side by side, to be decided about one pair after the other. */
import { useEffect, useRef, useState } from 'preact/hooks';
import type { Problem } from '../api/client.ts';
import { decideDuplicate, duplicates } from '../api/client.ts';
import type { DuplicateDecision, DuplicatePair, Duplicates } from '../api/types.ts';
import type { WordKey } from '../i18n/en.ts';
import { useSpeech } from '../i18n/language.tsx';
import { Notice, ProblemNotice } from '../ui/notice.tsx';
import { Switch } from '../ui/switch.tsx';
import { asProblem } from '../ui/use-load.ts';
import { DuplicatePairView } from './duplicate-pair.tsx';

export interface DuplicateReviewProps {
  readonly mayWrite: boolean;
  readonly onChanged: () => void;
}

/** Closed until somebody wants it: looking for duplicates takes the server a while. */
export function DuplicateReview(props: DuplicateReviewProps) {
  const { say } = useSpeech();
  const [open, setOpen] = useState(false);
  return (
    <section class="duplicates" aria-labelledby="duplicates-title">
      <h2 id="duplicates-title">{say('duplicates.title')}</h2>
      {open ? (
        <Review {...props} />
      ) : (
        <>
          <p class="soft">{say('duplicates.about')}</p>
          <button type="button" onClick={() => setOpen(true)}>
            {say('duplicates.open')}
          </button>
        </>
      )}
    </section>
  );
}

type Tier = DuplicatePair['tier'];
const tiers: readonly Tier[] = ['identical', 'same-picture', 'near-duplicate', 'look-alike'];

function Review({ mayWrite, onChanged }: DuplicateReviewProps) {
  const { say, number, known } = useSpeech();
  const [tier, setTier] = useState<Tier>();
  const review = useReview(tier);
  const { value, problem } = review;
  const list = useRef<HTMLUListElement>(null);
  const [last, setLast] = useState<DuplicateDecision>();
  const decide = async (decision: DuplicateDecision): Promise<void> => {
    const done = await review.decide(decision);
    if (!done) return;
    setLast(decision);
    if (decision.decision === 'delete') onChanged();
    // The pair is gone, and the one after it stands in its place.
    list.current?.querySelector<HTMLElement>('article')?.focus();
  };
  if (problem) return <ProblemNotice problem={problem} onRetry={() => review.load(true)} />;
  if (!value || value.status === 'looking') return <Looking review={value} />;
  const count = (name: Tier) => value.tiers[name] ?? 0;
  return (
    <>
      <div class="row">
        <Switch
          legend={say('duplicates.tier')}
          value={tier ?? ''}
          options={[
            { value: '', title: say('duplicates.all') },
            ...tiers.map((name) => ({
              value: name,
              title: `${known(`duplicates.${name}`)} (${number(count(name))})`,
            })),
          ]}
          onChange={(name) => setTier(name === '' ? undefined : name)}
        />
        {value.changed && mayWrite && (
          <button type="button" class="small" onClick={() => review.load(true)}>
            {say('duplicates.again')}
          </button>
        )}
      </div>
      {mayWrite && value.pairs.length > 0 && <p class="soft">{say('duplicates.keys')}</p>}
      <p role="status" class="status">
        <Said
          decision={last}
          onUndo={({ a, b }) => {
            setLast(undefined);
            void review.decide({ decision: 'undo', a, b });
          }}
        />
      </p>
      {value.pairs.length === 0 && (
        <Notice title={say('duplicates.none')}>
          <p>{say('duplicates.noneHelp')}</p>
        </Notice>
      )}
      <ul ref={list} class="duplicate-list">
        {value.pairs.map((pair) => (
          <li key={`${pair.a.id} ${pair.b.id}`}>
            <DuplicatePairView pair={pair} onDecide={mayWrite ? decide : undefined} />
          </li>
        ))}
      </ul>
      {value.more && <p class="soft">{say('duplicates.more')}</p>}
    </>
  );
}

function Looking({ review }: { readonly review: Duplicates | undefined }) {
  const { say } = useSpeech();
  const { done = 0, total } = review?.progress ?? {};
  return (
    <p class="row">
      <progress aria-label={say('duplicates.looking')} value={total ? done / total : undefined} />
      {say('duplicates.looking')}
    </p>
  );
}

interface SaidProps {
  readonly decision: DuplicateDecision | undefined;
  readonly onUndo: (decision: DuplicateDecision) => void;
}

/** What was decided last. A deletion cannot be taken back. */
function Said({ decision, onUndo }: SaidProps) {
  const { say } = useSpeech();
  if (!decision) return null;
  const words: Readonly<Record<DuplicateDecision['decision'], WordKey>> = {
    'not-duplicate': 'duplicates.kept',
    delete: 'duplicates.deleted',
    undo: 'duplicates.title',
  };
  return (
    <>
      {say(words[decision.decision], { name: decision.b })}{' '}
      {decision.decision === 'not-duplicate' && (
        <button type="button" class="plain small" onClick={() => onUndo(decision)}>
          {say('duplicates.undo')}
        </button>
      )}
    </>
  );
}

/** The page of pairs, asked for again while the server is still looking, and after every decision. */
function useReview(tier: Tier | undefined) {
  const [state, setState] = useState<{ value?: Duplicates; problem?: Problem }>({});
  const load = async (again: boolean): Promise<void> => {
    try {
      setState({ value: await duplicates(tier, again) });
    } catch (error) {
      setState({ problem: asProblem(error) });
    }
  };
  const looking = state.value?.status === 'looking';
  useEffect(() => void load(false), [tier]);
  useEffect(() => {
    if (!looking) return;
    const timer = setInterval(() => void load(false), 500);
    return () => clearInterval(timer);
  }, [looking, tier]);
  const decide = async (decision: DuplicateDecision): Promise<boolean> => {
    try {
      await decideDuplicate(decision);
      await load(false);
      return true;
    } catch (error) {
      setState({ problem: asProblem(error) });
      return false;
    }
  };
  return { ...state, load: (again: boolean) => void load(again), decide };
}
