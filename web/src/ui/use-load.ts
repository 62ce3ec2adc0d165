/** What a request brings, as state: nothing yet, a value, or a problem. */
import type { Inputs } from 'preact/hooks';
import { useEffect, useState } from 'preact/hooks';
import { Problem } from '../api/client.ts';

export interface Loaded<T> {
  readonly value?: T;
  readonly problem?: Problem;
  /** A newer value is on its way. */
  readonly loading: boolean;
}

/** Loads again when `inputs` change, and shows the old value until then. A `load` of undefined loads nothing. */
export function useLoad<T>(load: (() => Promise<T>) | undefined, inputs: Inputs): Loaded<T> {
  const [state, setState] = useState<Loaded<T>>({ loading: load !== undefined });
  useEffect(() => {
    if (!load) return setState({ loading: false });
    let wanted = true;
    setState(({ value }) => ({ ...(value === undefined ? {} : { value }), loading: true }));
    load().then(
      (value) => wanted && setState({ value, loading: false }),
      (error: unknown) => wanted && setState({ problem: asProblem(error), loading: false }),
    );
    return () => {
      wanted = false;
    };
  }, inputs);
  return state;
}

/** Defects of the page are shown like the server's refusals: better than a page that stands still. */
export function asProblem(error: unknown): Problem {
  if (error instanceof Problem) return error;
  // eslint-disable-next-line no-console -- for whoever is asked to help
  console.error(error);
  return new Problem('UNEXPECTED', '', error instanceof Error ? error.message : String(error));
}
