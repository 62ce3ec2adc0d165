/** The frame: name, pages, language, and the page on show. */
import { useEffect } from 'preact/hooks';
import { info } from './api/client.ts';
import type { Ask } from './ask/ask.ts';
import { CataloguePage } from './catalogue/catalogue-page.tsx';
import type { Language } from './i18n/language.tsx';
import { LanguageProvider, languages, useLanguage } from './i18n/language.tsx';
import { addressOf, useRoute } from './route.ts';
import { SearchPage } from './search/search-page.tsx';
import { StartPage } from './search/start-page.tsx';
import { KeyForm, useKeyRefused } from './ui/key-form.tsx';
import { ProblemNotice } from './ui/notice.tsx';
import { Switch } from './ui/switch.tsx';
import { useLoad } from './ui/use-load.ts';

export function App() {
  return (
    <LanguageProvider>
      <Frame />
    </LanguageProvider>
  );
}

function Frame() {
  const [{ say }, _] = useLanguage();
  const [route, go] = useRoute();
  const about = useLoad(info, []);
  // Whichever request was refused first: the form is here once, and what is typed into it stays.
  const keyRefused = useKeyRefused();
  const ask = (next: Ask): void => go({ page: 'search', ask: next });
  const title = route.page === 'catalogue' ? say('nav.catalogue') : say('nav.search');
  useEffect(() => {
    document.title = `${title} · whymatch`;
  }, [title]);
  return (
    <>
      <a class="skip" href="#main" onClick={focusMain}>
        {say('app.skip')}
      </a>
      <Top page={route.page} onGo={(page) => go({ page })} />
      <main id="main" tabIndex={-1}>
        {keyRefused || about.problem ? (
          <>
            <h1 class="hidden">{title}</h1>
            {keyRefused ? (
              <KeyForm />
            ) : (
              <ProblemNotice problem={about.problem!} onRetry={() => location.reload()} />
            )}
          </>
        ) : route.page === 'catalogue' ? (
          <CataloguePage info={about.value} onAsk={ask} />
        ) : route.ask ? (
          <SearchPage ask={route.ask} info={about.value} onAsk={ask} />
        ) : (
          <StartPage onAsk={ask} onCatalogue={() => go({ page: 'catalogue' })} />
        )}
      </main>
    </>
  );
}

/** The address after the # is the page's own, so the skip link moves the focus itself. */
function focusMain(event: Event): void {
  event.preventDefault();
  document.querySelector<HTMLElement>('#main')?.focus();
}

interface TopProps {
  readonly page: 'search' | 'catalogue';
  readonly onGo: (page: 'search' | 'catalogue') => void;
}

function Top({ page, onGo }: TopProps) {
  const [{ say, language }, setLanguage] = useLanguage();
  const pages = [
    ['search', say('nav.search')],
    ['catalogue', say('nav.catalogue')],
  ] as const;
  return (
    <header class="masthead">
      <a class="brand" href="#/" onClick={(event) => follow(event, () => onGo('search'))}>
        why<b>match</b>
      </a>
      <nav aria-label={say('app.tagline')}>
        {pages.map(([name, title]) => (
          <a
            key={name}
            href={addressOf({ page: name })}
            aria-current={page === name ? 'page' : undefined}
            onClick={(event) => follow(event, () => onGo(name))}
          >
            {title}
          </a>
        ))}
      </nav>
      <Switch
        legend={say('nav.language')}
        value={language}
        options={(Object.keys(languages) as Language[]).map((value) => ({
          value,
          title: (
            <abbr lang={value} title={languages[value]}>
              {value.toUpperCase()}
            </abbr>
          ),
        }))}
        onChange={setLanguage}
      />
    </header>
  );
}

/** A plain click stays on the page; others (new tab, new window) are the browser's. */
function follow(event: MouseEvent, go: () => void): void {
  if (event.metaKey || event.ctrlKey || event.shiftKey) return;
  event.preventDefault();
  go();
}
