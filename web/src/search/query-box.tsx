/** A picture on which a box can be drawn with a mouse, a finger or the arrow keys: the part that is searched. */
import type { ComponentChildren } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import type { Point, Rect, Size } from '../../../src/core/geometry.ts';
import { minPictureSide } from '../../../src/image/limits.ts';
import { useSpeech } from '../i18n/language.tsx';

export interface QueryBoxProps {
  /** Of the upright picture; unknown until the server has seen it. */
  readonly size: Size | undefined;
  readonly region: Rect | undefined;
  /** Shown until a part is chosen. */
  readonly proposed: Rect | undefined;
  readonly ignored: readonly Rect[];
  /** By finger and by keyboard a box is drawn only when asked for: a page has to scroll. */
  readonly selecting: boolean;
  readonly onPick: (part: Rect) => void;
  readonly children: ComponentChildren;
}

export function QueryBox({ size, region, proposed, ignored, selecting, onPick, children }: QueryBoxProps) {
  const { say } = useSpeech();
  const stage = useRef<HTMLDivElement>(null);
  const box = useRef<HTMLDivElement>(null);
  const start = useRef<Point | null>(null);
  const [draft, setDraft] = useState<Rect>();
  useEffect(() => {
    setDraft(selecting && size ? (region ?? middleOf(size)) : undefined);
  }, [selecting, region]);
  useEffect(() => {
    if (selecting) box.current?.focus();
  }, [selecting, draft === undefined]);
  const shown = draft ?? region;

  const at = ({ clientX, clientY }: PointerEvent): Point => {
    const area = stage.current!.getBoundingClientRect();
    const { width, height } = size!;
    return {
      x: limited(((clientX - area.left) / area.width) * width, 0, width),
      y: limited(((clientY - area.top) / area.height) * height, 0, height),
    };
  };
  const down = (event: PointerEvent): void => {
    if (!size || event.button !== 0 || (event.pointerType !== 'mouse' && !selecting)) return;
    event.preventDefault();
    stage.current!.setPointerCapture(event.pointerId);
    start.current = at(event);
  };
  const moved = (event: PointerEvent): void => {
    if (start.current) setDraft(between(start.current, at(event)));
  };
  const up = (event: PointerEvent): void => {
    if (!start.current) return;
    const drawn = between(start.current, at(event));
    start.current = null;
    // Shorter than a twentieth of the picture is a click, not a box.
    const least = Math.max(minPictureSide, Math.max(size!.width, size!.height) / 20);
    if (Math.min(drawn.width, drawn.height) >= least) onPick(drawn);
    else if (!selecting) setDraft(undefined);
  };
  const pressed = (event: KeyboardEvent): void => {
    if (!draft || !size) return;
    if (event.key === 'Enter') return onPick(draft);
    const next = nudged(draft, event, size);
    if (!next) return;
    event.preventDefault();
    setDraft(next);
  };

  return (
    <div
      ref={stage}
      class={`stage pickable${selecting ? ' selecting' : ''}`}
      style={{ '--ratio': size ? size.width / size.height : 1 }}
      onPointerDown={down}
      onPointerMove={moved}
      onPointerUp={up}
    >
      {children}
      {size && ignored.map((rect, i) => <div key={i} class="ignored" style={partStyle(rect, size)} />)}
      {size && proposed && !shown && <div class="proposed" style={partStyle(proposed, size)} />}
      {size && shown && (
        <div
          ref={box}
          class={draft ? 'chosen drafting' : 'chosen'}
          style={partStyle(shown, size)}
          {...(selecting && {
            tabIndex: 0,
            role: 'application',
            'aria-label': say('query.box', { ...rounded(shown) }),
            onKeyDown: pressed,
          })}
        />
      )}
    </div>
  );
}

export const partStyle = (part: Rect, whole: Size): Record<string, string> => ({
  left: `${(100 * part.x) / whole.width}%`,
  top: `${(100 * part.y) / whole.height}%`,
  width: `${(100 * part.width) / whole.width}%`,
  height: `${(100 * part.height) / whole.height}%`,
});

/** A box one step on: arrows move it, with Shift they move its lower right corner. undefined for other keys. */
function nudged(box: Rect, { key, shiftKey }: KeyboardEvent, size: Size): Rect | undefined {
  const direction = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[key];
  if (!direction) return undefined;
  const step = Math.max(1, Math.round(Math.max(size.width, size.height) / 40));
  const [dx, dy] = direction.map((way) => way * step) as [number, number];
  if (!shiftKey) {
    const [x, y] = [
      limited(box.x + dx, 0, size.width - box.width),
      limited(box.y + dy, 0, size.height - box.height),
    ];
    return { ...box, x, y };
  }
  return {
    ...box,
    width: limited(box.width + dx, minPictureSide, size.width - box.x),
    height: limited(box.height + dy, minPictureSide, size.height - box.y),
  };
}

function between(a: Point, b: Point): Rect {
  const [x, y] = [Math.round(Math.min(a.x, b.x)), Math.round(Math.min(a.y, b.y))];
  return { x, y, width: Math.round(Math.max(a.x, b.x)) - x, height: Math.round(Math.max(a.y, b.y)) - y };
}

const middleOf = ({ width, height }: Size): Rect =>
  rounded({ x: width * 0.2, y: height * 0.2, width: width * 0.6, height: height * 0.6 });

const rounded = ({ x, y, width, height }: Rect): Rect => ({
  x: Math.round(x),
  y: Math.round(y),
  width: Math.round(width),
  height: Math.round(height),
});

const limited = (value: number, low: number, high: number): number => Math.max(low, Math.min(high, value));
