/** The picture that is searched with, which parts of it count, and the examples that pull the search towards or away from something. */
import { useState } from 'preact/hooks';
import type { Rect } from '../../../src/core/geometry.ts';
import type { SearchAnswer } from '../api/types.ts';
import type { Ask, AskedPicture, PictureSource } from '../ask/ask.ts';
import { askFor, withFrame, withoutPicture, withSubject } from '../ask/ask.ts';
import { linkOf } from '../ask/link.ts';
import { useSpeech } from '../i18n/language.tsx';
import { addressOf } from '../route.ts';
import { Icon } from '../ui/icon.tsx';
import { useItemName } from '../ui/item-names.ts';
import { Picture } from '../ui/picture.tsx';
import { type AskedName, Guess, NameMap } from './guess.tsx';
import { PictureButtons } from './picture-buttons.tsx';
import { QueryBox } from './query-box.tsx';

export interface QueryPanelProps {
  readonly ask: Ask;
  readonly answer: SearchAnswer | undefined;
  readonly onAsk: (ask: Ask) => void;
}

export function QueryPanel({ ask, answer, onAsk }: QueryPanelProps) {
  const { say } = useSpeech();
  const [selecting, setSelecting] = useState(false);
  const [name, setName] = useState<AskedName & { readonly of: SearchAnswer }>();
  // Another search has another name.
  const asked = name && name.of === answer ? name : undefined;
  const { source, region, ignore, focus } = ask.pictures[0]!;
  const answered = answer?.query[0];
  const pick = (part: Rect): void => {
    setSelecting(false);
    onAsk(withSubject(ask, { region: part, ignore }));
  };
  return (
    <section class="query-panel" aria-labelledby="query-title">
      <h2 id="query-title">{say('query.title')}</h2>
      <QueryBox
        size={answered}
        region={region ?? (answered?.unframed ? (answered.region ?? undefined) : undefined)}
        proposed={focus === undefined ? answered?.regions[0] : undefined}
        ignored={ignore}
        selecting={selecting}
        onPick={pick}
      >
        <QueryPicture key={previewOf(source)} source={source} link={answered?.links.image} />
        {asked && !selecting && <NameMap asked={asked} />}
      </QueryBox>
      <div class="query-controls">
        {selecting ? (
          <p class="hint">{say('query.selecting')}</p>
        ) : (
          <Parts ask={ask} answer={answer} onAsk={onAsk} onSelect={() => setSelecting(true)} />
        )}
        <Guess
          ask={ask}
          answer={answer}
          asked={asked}
          onAsk={onAsk}
          onWhy={(next) => setName(next && answer && { ...next, of: answer })}
        />
        <ExampleList ask={ask} onAsk={onAsk} />
      </div>
      <div class="row">
        <PictureButtons quiet onFile={(file) => onAsk(askFor({ kind: 'file', file }))} />
        <ShareLink ask={ask} />
      </div>
    </section>
  );
}

/** The file as the browser shows it, without a wait; the server's picture where the browser cannot show it. */
function QueryPicture({
  source,
  link,
}: {
  readonly source: PictureSource;
  readonly link: string | undefined;
}) {
  const { say } = useSpeech();
  const [unshowable, setUnshowable] = useState(false);
  const preview = previewOf(source);
  const src = unshowable || !preview ? link : preview;
  if (!src) return <div class="picture waiting" />;
  return <Picture class="picture" src={src} alt={say('query.alt')} onMissing={() => setUnshowable(true)} />;
}

function previewOf(source: PictureSource): string | undefined {
  if (source.kind === 'item') return `/v1/items/${encodeURIComponent(source.id)}/thumbnail?maxSide=512`;
  if (source.kind === 'url') return undefined;
  const known = previews.get(source.file) ?? URL.createObjectURL(source.file);
  previews.set(source.file, known);
  return known;
}
const previews = new WeakMap<Blob, string>();

type PartsProps = QueryPanelProps & { readonly onSelect: () => void };

/** What counts, and how to change it. */
function Parts({ ask, answer, onAsk, onSelect }: PartsProps) {
  const { say, count } = useSpeech();
  const { region, ignore, focus, framed } = ask.pictures[0]!;
  const name = useItemName(focus);
  const proposals = answer?.query[0]?.regions ?? [];
  const unframed = !region && answer?.query[0]?.unframed === true;
  const limited = region !== undefined || focus !== undefined || ignore.length > 0;
  return (
    <div class="parts">
      {region && <p>{say('query.part')}</p>}
      {ignore.length > 0 && <p>{count('query.ignored', ignore.length)}</p>}
      {focus !== undefined && <p>{say('query.focus', { name })}</p>}
      {unframed && <p>{say('query.unframed')}</p>}
      {framed && <p>{say('query.framed')}</p>}
      {!limited && !unframed && !framed && answer && <p class="hint by-mouse">{say('query.hint')}</p>}
      <div class="row">
        {limited && (
          <button type="button" class="small" onClick={() => onAsk(withSubject(ask, { ignore: [] }))}>
            {region && ignore.length === 0 ? say('query.whole') : say('query.reset')}
          </button>
        )}
        {(unframed || framed) && (
          <button type="button" class="small" onClick={() => onAsk(withFrame(ask, !framed))}>
            {say(framed ? 'query.leaveFrame' : 'query.keepFrame')}
          </button>
        )}
        {region && (
          <button
            type="button"
            class="small"
            onClick={() => onAsk(withSubject(ask, { ignore: [...ignore, region] }))}
          >
            {say('query.ignoreInstead')}
          </button>
        )}
        <button type="button" class="small" onClick={onSelect} disabled={!answer}>
          <Icon name="crop" />
          {say('query.select')}
        </button>
        {!region &&
          proposals.slice(0, 3).map(({ x, y, width, height }, i) => (
            <button
              type="button"
              class="small"
              key={i}
              onClick={() => onAsk(withSubject(ask, { region: { x, y, width, height }, ignore }))}
            >
              <Icon name="target" />
              {i === 0 ? say('query.proposedFirst') : say('query.proposed', { n: i + 1 })}
            </button>
          ))}
      </div>
    </div>
  );
}

function ExampleList({ ask, onAsk }: Omit<QueryPanelProps, 'answer'>) {
  const { say } = useSpeech();
  if (ask.pictures.length < 2) return null;
  return (
    <div>
      <h3>{say('examples.title')}</h3>
      <ul class="example-list">
        {ask.pictures.slice(1).map((picture, i) => (
          <Example
            key={`${picture.like} ${JSON.stringify(picture.source)}`}
            picture={picture}
            onRemove={() => onAsk(withoutPicture(ask, i + 1))}
          />
        ))}
      </ul>
    </div>
  );
}

function Example({ picture, onRemove }: { readonly picture: AskedPicture; readonly onRemove: () => void }) {
  const { say } = useSpeech();
  const { source, like } = picture;
  const itemName = useItemName(source.kind === 'item' ? source.id : undefined);
  const name = source.kind === 'url' ? source.url : itemName;
  const what = say(like ? 'examples.like' : 'examples.unlike', { name });
  return (
    <li>
      <Icon name={like ? 'plus' : 'minus'} />
      {source.kind === 'item' && <Picture src={previewOf(source)!} alt="" />}
      <span>{what}</span>
      <button
        type="button"
        class="plain icon-only"
        aria-label={say('examples.remove', { what })}
        onClick={onRemove}
      >
        <Icon name="close" />
      </button>
    </li>
  );
}

function ShareLink({ ask }: { readonly ask: Ask }) {
  const { say } = useSpeech();
  const [copied, setCopied] = useState<Ask>();
  // A file is on the person's own machine: no link leads there.
  if (linkOf(ask) === undefined) return null;
  const address = new URL(addressOf({ page: 'search', ask }), location.href).href;
  const copy = async (): Promise<void> => {
    // Without HTTPS there is no clipboard; the address bar has the same link.
    await navigator.clipboard?.writeText(address);
    setCopied(ask);
  };
  return (
    <p class="row">
      <button type="button" class="small" onClick={() => void copy()}>
        <Icon name="link" />
        {say('query.link')}
      </button>
      <span role="status">{copied === ask && say('query.linkCopied')}</span>
    </p>
  );
}
