/** Asks the server, page by page. A newer ask cancels the one before. */
import { useEffect, useRef, useState } from 'preact/hooks';
import { Problem, search } from '../api/client.ts';
import type { Hit, SearchAnswer } from '../api/types.ts';
import type { Ask, PictureSource } from '../ask/ask.ts';
import type { Uploaded } from '../ask/request.ts';
import { searchRequest } from '../ask/request.ts';
import { smaller } from '../ask/smaller.ts';
import { asProblem } from '../ui/use-load.ts';

export interface SearchState {
  /** Of the last search that was answered; a newer one may be under way. */
  readonly answer?: SearchAnswer;
  /** The picture on show of that search. */
  readonly subject?: PictureSource;
  readonly hits: readonly Hit[];
  readonly status: 'searching' | 'more' | 'done' | 'failed';
  readonly problem?: Problem | undefined;
}

export interface Search extends SearchState {
  readonly loadMore: () => void;
  readonly retry: () => void;
}

export function useSearch(ask: Ask): Search {
  const [state, setState] = useState<SearchState>({ hits: [], status: 'searching' });
  const [attempt, setAttempt] = useState(0);
  const running = useRef(new AbortController());

  async function start(offset: number): Promise<void> {
    running.current.abort();
    const { signal } = (running.current = new AbortController());
    setState((last) => ({ ...last, problem: undefined, status: offset === 0 ? 'searching' : 'more' }));
    try {
      const answer = await answerTo(ask, offset, signal);
      if (signal.aborted) return;
      setState(({ hits }) => ({
        answer,
        subject: ask.pictures[0]!.source,
        hits: offset === 0 ? answer.hits : [...hits, ...answer.hits],
        status: 'done',
      }));
    } catch (error) {
      if (signal.aborted) return;
      setState((last) => ({ ...last, status: 'failed', problem: asProblem(error) }));
    }
  }

  useEffect(() => {
    void start(0);
    return () => running.current.abort();
  }, [ask, attempt]);
  return {
    ...state,
    loadMore: () => {
      if (state.status === 'done' && state.answer?.more) void start(state.hits.length);
    },
    retry: () => setAttempt(attempt + 1),
  };
}

/** Where the server has files that were searched with, so that they are sent once. */
const uploads = new WeakMap<Blob, Uploaded>();

async function answerTo(ask: Ask, offset: number, signal: AbortSignal): Promise<SearchAnswer> {
  const files = ask.pictures.flatMap(({ source }) => (source.kind === 'file' ? [source.file] : []));
  const sent = new Map(await Promise.all(files.map(async (file) => [file, await smaller(file)] as const)));
  const request = () => searchRequest(ask, offset, uploads, sent);
  const answer = await search(request(), signal).catch((error: unknown) => {
    if (!(error instanceof Problem && error.code === 'QUERY_GONE')) throw error;
    // The server needed the room: the files have to be sent again.
    for (const file of files) uploads.delete(file);
    return search(request(), signal);
  });
  const { queryId } = answer;
  for (const [picture, { source }] of ask.pictures.entries()) {
    if (source.kind === 'file' && queryId !== null) uploads.set(source.file, { queryId, picture });
  }
  return answer;
}
