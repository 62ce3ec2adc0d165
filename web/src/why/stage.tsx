/** A picture with its map, and the light that falls on what answers the other picture. */
import type { ComponentChildren } from 'preact';
import { useEffect, useLayoutEffect, useRef } from 'preact/hooks';
import type { ExplainedSide, Side } from '../api/types.ts';
import { useSpeech } from '../i18n/language.tsx';
import { partStyle } from '../search/query-box.tsx';
import { Picture } from '../ui/picture.tsx';
import type { Answers, Place } from './answers.ts';
import { drawShade, placeIn, viewOf } from './answers.ts';
import { displayMap, drawHeat } from './maps.ts';

export interface Pointed {
  readonly side: Side;
  readonly place: Place;
  /** Chosen by click or key: stays when the pointer leaves. */
  readonly pinned: boolean;
}

export interface StageProps {
  readonly side: Side;
  readonly src: string;
  readonly alt: string;
  readonly ratio: number;
  readonly explained: ExplainedSide | undefined;
  /** undefined: no map is shown. */
  readonly scale: number | undefined;
  readonly answers: Answers | undefined;
  readonly pointed: Pointed | undefined;
  readonly onPoint: (pointed: Pointed | undefined) => void;
}

export function Stage(props: StageProps) {
  const { src, alt, ratio, explained, scale, answers, pointed } = props;
  const { placement } = explained ?? {};
  return (
    <div class={pointed ? 'stage pointing' : 'stage'} style={{ '--ratio': ratio }}>
      <Picture class="picture" src={src} alt={alt} />
      {placement && (
        <Seen {...props} explained={explained!}>
          {scale !== undefined && <Heat explained={explained!} scale={scale} />}
          {answers && <Light {...props} explained={explained!} answers={answers} />}
        </Seen>
      )}
    </div>
  );
}

type SeenProps = StageProps & { readonly explained: ExplainedSide; readonly children: ComponentChildren };

/** What the model saw of the picture; it can be pointed at. */
function Seen({ side, explained, answers, pointed, onPoint, children }: SeenProps) {
  const { say } = useSpeech();
  const { placement } = explained;
  const { source, picture } = placement;
  const whole = source.width > picture.width - 1 && source.height > picture.height - 1;
  const shape = { class: whole ? 'seen' : 'seen partial', style: partStyle(source, picture) };
  if (!answers) return <div {...shape}>{children}</div>;

  const places = answers[side];
  const view = viewOf(places, placement);
  const own = pointed?.side === side ? pointed : undefined;
  const placeAt = (event: MouseEvent): Place => {
    const area = (event.currentTarget as HTMLElement).getBoundingClientRect();
    const x = view.x + ((event.clientX - area.left) / area.width) * view.width;
    const y = view.y + ((event.clientY - area.top) / area.height) * view.height;
    return placeIn(view, places, x, y);
  };
  const isOwn = ({ x, y }: Place): boolean => own?.place.x === x && own.place.y === y;
  const moved = (event: PointerEvent): void => {
    if (event.pointerType !== 'mouse' || pointed?.pinned) return;
    const place = placeAt(event);
    if (!isOwn(place)) onPoint({ side, place, pinned: false });
  };
  const clicked = (event: MouseEvent): void => {
    const place = placeAt(event);
    onPoint(own?.pinned && isOwn(place) ? undefined : { side, place, pinned: true });
  };
  const pressed = (event: KeyboardEvent): void => {
    const step = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
    if (event.key === 'Escape' && pointed) {
      // The first Escape lets go of the place, the next closes the dialog.
      event.preventDefault();
      event.stopPropagation();
      return onPoint(undefined);
    }
    if (!step) return;
    event.preventDefault();
    event.stopPropagation();
    const [x, y] = own
      ? [own.place.x + step[0]!, own.place.y + step[1]!]
      : [view.x + view.width / 2, view.y + view.height / 2];
    onPoint({ side, place: placeIn(view, places, x, y), pinned: true });
  };
  return (
    <div
      {...shape}
      data-side={side}
      tabIndex={0}
      role="application"
      aria-label={say(side === 'query' ? 'why.chooseQuery' : 'why.chooseHit')}
      onPointerMove={moved}
      onPointerLeave={(event) => event.pointerType === 'mouse' && !pointed?.pinned && onPoint(undefined)}
      onClick={clicked}
      onKeyDown={pressed}
      onBlur={() => onPoint(undefined)}
    >
      {children}
    </div>
  );
}

function Heat({ explained, scale }: { readonly explained: ExplainedSide; readonly scale: number }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  // Before the browser paints: words and map change together.
  useLayoutEffect(() => {
    const map = displayMap(explained);
    if (map) drawHeat(canvas.current!, map, scale);
  }, [explained, scale]);
  return <canvas ref={canvas} class="heat" aria-hidden="true" />;
}

type LightProps = StageProps & { readonly explained: ExplainedSide; readonly answers: Answers };

/** The canvas covers the tensor, bars included; the stage cuts it to the picture. */
function Light({ side, explained, answers, pointed }: LightProps) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const places = answers[side];
  const view = viewOf(places, explained.placement);
  const lit = pointed !== undefined && pointed.side !== side;
  useEffect(() => {
    if (lit) drawShade(canvas.current!, answers.of(pointed.side, pointed.place), places);
  }, [answers, pointed]);
  const asked = pointed?.side === side ? pointed.place : undefined;
  const within = (x: number, y: number, width: number, height: number) =>
    partStyle({ x: x - view.x, y: y - view.y, width, height }, view);
  return (
    <>
      <canvas
        ref={canvas}
        class={lit ? 'answers lit' : 'answers'}
        style={within(0, 0, places.width, places.height)}
        aria-hidden="true"
      />
      {asked && <span class="asked" style={within(asked.x, asked.y, 1, 1)} />}
    </>
  );
}
