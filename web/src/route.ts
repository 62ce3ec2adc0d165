/** Which page is on show, in the address after the #, so that links and the back button work. */
import { useEffect, useState } from 'preact/hooks';
import type { Ask } from './ask/ask.ts';
import { askOf, linkOf } from './ask/link.ts';

export type Route = { readonly page: 'search'; readonly ask?: Ask } | { readonly page: 'catalogue' };

export function useRoute(): readonly [Route, (route: Route) => void] {
  const [route, setRoute] = useState(current);
  useEffect(() => {
    const changed = () => setRoute(current());
    addEventListener('popstate', changed);
    return () => removeEventListener('popstate', changed);
  }, []);
  const go = (next: Route): void => {
    const visit = visits.push(next) - 1;
    history.pushState({ session, visit }, '', addressOf(next));
    setRoute(next);
  };
  return [route, go];
}

/** Asks with files cannot be written into an address: the back button finds them here as long as the page lives. */
const visits: Route[] = [];
const session = crypto.getRandomValues(new Uint32Array(1))[0];

function current(): Route {
  const state = history.state as { session?: number; visit?: number } | null;
  const visited = state?.session === session ? visits[state!.visit!] : undefined;
  return visited ?? routeOf(location.hash);
}

export function routeOf(hash: string): Route {
  const [path, query = ''] = hash.replace(/^#\/?/, '').split('?', 2);
  if (path === 'catalogue') return { page: 'catalogue' };
  const ask = askOf(query);
  return ask ? { page: 'search', ask } : { page: 'search' };
}

export function addressOf(route: Route): string {
  if (route.page === 'catalogue') return '#/catalogue';
  if (!route.ask) return '#/';
  const link = linkOf(route.ask);
  return link === undefined ? '#/search' : `#/search?${link}`;
}
