/** HTML text in which every value was escaped on the way in. */

/** A piece of a page. Made by `markup` alone, so that whatever is not one of these is text and gets escaped. */
export class Html {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

/** undefined, false and the empty list leave nothing behind. */
export type Part = Html | string | number | false | undefined | readonly Part[];

/** A template tag: markup`<p title="${title}">${paragraphs}</p>`. Attribute values must stand in quotes. */
export function markup(strings: TemplateStringsArray, ...parts: readonly Part[]): Html {
  return new Html(strings.map((string, i) => string + written(parts[i])).join(''));
}

/** Text of our own that is HTML, CSS or JavaScript already. Never give it a value from outside. */
export function trusted(text: string): Html {
  return new Html(text);
}

/** Text for an element's content or a quoted attribute. */
export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => entities[character]!);
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

function written(part: Part): string {
  if (part === undefined || part === false) return '';
  if (part instanceof Html) return part.text;
  if (typeof part === 'object') return part.map(written).join('');
  return escapeHtml(String(part));
}
