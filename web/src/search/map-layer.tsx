/**
 * The map on a hit's picture: transparent, and of the picture's proportions. Maps are asked for when they come into view, and few at a
 * time, so that pictures never wait for them. One that cannot be had is left out: the dialog says why.
 */
import { useEffect, useRef, useState } from 'preact/hooks';
import { Picture } from '../ui/picture.tsx';

export function MapLayer({ link, method }: { readonly link: string; readonly method: string }) {
  const place = useRef<HTMLSpanElement>(null);
  const turn = useRef<Turn | null>(null);
  const [state, setState] = useState<'waiting' | 'loading' | 'failed'>('waiting');
  useEffect(() => {
    const observer = new IntersectionObserver(([entry]) => {
      if (entry?.isIntersecting) turn.current ??= new Turn(() => setState('loading'));
      else if (!turn.current?.begun) turn.current = turn.current?.end() ?? null;
    });
    observer.observe(place.current!);
    return () => {
      observer.disconnect();
      turn.current?.end();
    };
  }, []);
  const joint = link.includes('?') ? '&' : '?';
  const src = `${link}${joint}format=png&side=hit&layer=map&maxSide=256&method=${method}`;
  return (
    <span ref={place} class="map-place">
      {state === 'loading' && (
        <Picture
          class="map"
          src={src}
          alt=""
          onShown={() => turn.current?.end()}
          onMissing={() => {
            turn.current?.end();
            setState('failed');
          }}
        />
      )}
    </span>
  );
}

/** A place in the queue of maps. */
class Turn {
  static #atOnce = 3;
  static #running = new Set<Turn>();
  static #waiting = new Set<Turn>();
  readonly #begin: () => void;
  begun = false;

  constructor(begin: () => void) {
    this.#begin = begin;
    Turn.#waiting.add(this);
    Turn.#next();
  }

  end(): undefined {
    Turn.#waiting.delete(this);
    if (Turn.#running.delete(this)) Turn.#next();
  }

  static #next(): void {
    const [first] = Turn.#waiting;
    if (!first || Turn.#running.size >= Turn.#atOnce) return;
    Turn.#waiting.delete(first);
    Turn.#running.add(first);
    first.begun = true;
    first.#begin();
    Turn.#next();
  }
}
