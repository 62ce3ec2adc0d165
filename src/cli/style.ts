/** Colours, where the reader can see them. */
import { styleText } from 'node:util';
import type { Io, Sink } from './io.ts';

type Paint = (text: string) => string;

export interface Style {
  readonly bold: Paint;
  readonly dim: Paint;
  readonly red: Paint;
  readonly yellow: Paint;
  readonly green: Paint;
  readonly cyan: Paint;
}

/** Colours on a terminal only; NO_COLOR (https://no-color.org) turns them off, FORCE_COLOR on. */
export function hasColors(sink: Sink, env: Io['env']): boolean {
  if (env['NO_COLOR']) return false;
  if (env['FORCE_COLOR'] !== undefined) return env['FORCE_COLOR'] !== '0';
  return sink.isTTY === true && env['TERM'] !== 'dumb';
}

export function styleOf(sink: Sink, env: Io['env']): Style {
  const colors = hasColors(sink, env);
  const paint = (name: keyof Style): Paint =>
    colors ? (text) => styleText(name, text, { validateStream: false }) : (text) => text;
  return {
    bold: paint('bold'),
    dim: paint('dim'),
    red: paint('red'),
    yellow: paint('yellow'),
    green: paint('green'),
    cyan: paint('cyan'),
  };
}
