/** What is known of an item, in words. */
import type { Metadata } from '../api/types.ts';
import { type Speech, useSpeech } from '../i18n/language.tsx';

/** What an item is called: its title, or the last part of its id. */
export function nameOf(metadata: Metadata, id: string): string {
  for (const field of titleFields) {
    const value = metadata[field];
    if (typeof value === 'string' && value.trim() !== '') return value;
  }
  return id.split('/').at(-1) || id;
}

const titleFields = ['title', 'name', 'label'];

/** Names and values, without the title. Nested values as JSON. */
export function factsOf(metadata: Metadata): (readonly [name: string, value: string])[] {
  return Object.entries(metadata)
    .filter(([name, value]) => !titleFields.includes(name) && value !== null && value !== '')
    .map(([name, value]) => [name, typeof value === 'string' ? value : JSON.stringify(value)]);
}

/** A field in the reader's language where it is a common one; else "shoe_size" as "Shoe size". */
export function fieldTitle(name: string, { known }: Speech): string {
  const common = known(`field.${name.toLowerCase()}`);
  if (common !== undefined) return common;
  const words = name.replaceAll(/[_-]+/g, ' ').trim();
  return words.charAt(0).toUpperCase() + words.slice(1);
}

export function Facts({
  metadata,
  more = [],
}: {
  readonly metadata: Metadata;
  readonly more?: readonly (readonly [string, string])[];
}) {
  const speech = useSpeech();
  const facts = [...factsOf(metadata), ...more];
  return (
    <dl class="facts">
      {facts.map(([name, value]) => (
        <div key={name}>
          <dt>{fieldTitle(name, speech)}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}
