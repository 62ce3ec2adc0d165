import test from 'ava';
import fc from 'fast-check';
import { escapeHtml, markup, trusted } from '../../src/report/markup.ts';

const entities: Record<string, string> = {
  '&lt;': '<',
  '&gt;': '>',
  '&quot;': '"',
  '&#39;': "'",
  '&amp;': '&',
};
const unescape = (text: string) => text.replace(/&(?:lt|gt|quot|amp|#39);/g, (entity) => entities[entity]!);

test('escaped text has no character that ends an element or an attribute, and loses nothing', (t) => {
  const risky = fc.string({ unit: fc.constantFrom('<', '>', '"', "'", '&', 'a', '&lt;', '`', 'ü') });
  fc.assert(
    fc.property(fc.oneof(fc.string(), risky), (text) => {
      const escaped = escapeHtml(text);
      return !/[<>"']/.test(escaped) && unescape(escaped) === text;
    }),
  );
  t.pass();
});

test('values are escaped, markup is not escaped twice, and lists are joined', (t) => {
  const rows = ['<b>', 'a & b'].map((value) => markup`<td title="${value}">${value}</td>`);
  t.is(
    markup`<tr>${rows}</tr>`.text,
    '<tr><td title="&lt;b&gt;">&lt;b&gt;</td><td title="a &amp; b">a &amp; b</td></tr>',
  );
});

test('what is absent leaves nothing, and zero is not absent', (t) => {
  t.is(markup`a${undefined}b${false}c${[]}d${0}e${''}f`.text, 'abcd0ef');
});

test('trusted text stays as it is', (t) => {
  t.is(markup`<style>${trusted('a > b {}')}</style>`.text, '<style>a > b {}</style>');
});
