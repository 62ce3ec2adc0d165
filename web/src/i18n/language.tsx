/** The page's language: two tables of words and the browser's way of writing numbers. */
import type { ComponentChildren } from 'preact';
import { createContext } from 'preact';
import { useContext, useEffect, useMemo, useState } from 'preact/hooks';
import type { CountKey, WordKey, Words } from './en.ts';
import { en } from './en.ts';
import { vi } from './vi.ts';

export const languages = { en: 'English', vi: 'Tiếng Việt' } as const;
export type Language = keyof typeof languages;
type Fill = Readonly<Record<string, string | number>>;

export interface Speech {
  readonly language: Language;
  readonly say: (key: WordKey, fill?: Fill) => string;
  /** The form of a word for a count, which it fills in. */
  readonly count: (key: CountKey, count: number) => string;
  /** The word of a key that may not exist, e.g. of a method that the page does not know. */
  readonly known: (key: string) => string | undefined;
  readonly number: (value: number, digits?: number) => string;
  readonly percent: (part: number) => string;
}

const tables: Readonly<Record<Language, Words>> = { en, vi };
const SpeechContext = createContext<readonly [Speech, (language: Language) => void] | undefined>(undefined);

export function LanguageProvider({ children }: { readonly children: ComponentChildren }) {
  const [language, setLanguage] = useState<Language>(preferred);
  useEffect(() => {
    document.documentElement.lang = language;
    localStorage.setItem('whymatch-language', language);
  }, [language]);
  const value = useMemo(() => [speech(language), setLanguage] as const, [language]);
  return <SpeechContext.Provider value={value}>{children}</SpeechContext.Provider>;
}

export const useLanguage = (): readonly [Speech, (language: Language) => void] => useContext(SpeechContext)!;
export const useSpeech = (): Speech => useLanguage()[0];

function preferred(): Language {
  const wanted = [localStorage.getItem('whymatch-language'), ...navigator.languages];
  const known = wanted.map((tag) => tag?.slice(0, 2)).find((tag) => tag === 'en' || tag === 'vi');
  return known ?? 'en';
}

function speech(language: Language): Speech {
  const words = tables[language];
  const plural = new Intl.PluralRules(language);
  const number = (value: number, digits = 0) =>
    value
      .toLocaleString(language, {
        minimumFractionDigits: digits,
        maximumFractionDigits: digits,
        signDisplay: 'negative',
      })
      .replace('-', '\u2212');
  return {
    language,
    say: (key, fill = {}) => filled(words[key], fill),
    count: (key, count) => {
      const form = plural.select(count) === 'one' ? 'one' : 'other';
      return filled(words[`${key}.${form}`], { count: number(count) });
    },
    known: (key) => (words as Readonly<Record<string, string | undefined>>)[key],
    number,
    percent: (part) => `${number(100 * part, Math.abs(part) < 0.095 ? 1 : 0)}\u00a0%`,
  };
}

const filled = (text: string, fill: Fill): string =>
  text.replace(/\{(\w+)\}/g, (hole, name: string) => String(fill[name] ?? hole));
