import test from 'ava';
import fc from 'fast-check';
import { cellValue } from '../../../src/indexer/sources/cell.ts';

const examples: readonly [text: string, value: string | number | boolean][] = [
  ['42', 42],
  ['-0.5', -0.5],
  ['19.90', 19.9],
  [' 7 ', 7],
  ['0', 0],
  ['-0', 0],
  ['true', true],
  ['FALSE', false],
  ['007', '007'],
  ['+1', '+1'],
  ['1e5', '1e5'],
  ['.5', '.5'],
  ['5.', '5.'],
  ['1,5', '1,5'],
  ['0x10', '0x10'],
  ['NaN', 'NaN'],
  ['Infinity', 'Infinity'],
  ['2024-01-31', '2024-01-31'],
  ['yes', 'yes'],
  ['trueish', 'trueish'],
  [' padded ', ' padded '],
  ['4006381333931', 4006381333931],
  ['12345678901234567890', '12345678901234567890'],
  ['0.1234567890123456', '0.1234567890123456'],
];

test('a cell keeps its type where the whole text is a number or a boolean', (t) => {
  for (const [text, value] of examples) t.is(cellValue(text), value, JSON.stringify(text));
});

test('property: a number as people write it comes back as that number, and no digit is ever lost', (t) => {
  const digits = fc.stringMatching(/^-?\d{1,25}(\.\d{1,25})?$/);
  fc.assert(
    fc.property(digits, (text) => {
      const value = cellValue(text);
      if (typeof value !== 'number') return value === text;
      const [whole, fraction = ''] = text.split('.');
      const trimmed = fraction.replace(/0+$/, '');
      // toFixed prints the double's own decimals: they must be those of the text.
      const sign = value === 0 ? '' : whole!.startsWith('-') ? '-' : '';
      const expected = sign + whole!.replace('-', '') + (trimmed && `.${trimmed}`);
      return value.toFixed(trimmed.length) === expected;
    }),
  );
  t.pass();
});

test('property: text that is neither number nor boolean is kept as it is', (t) => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      const value = cellValue(text);
      return typeof value === 'string' ? value === text : JSON.stringify(value).length <= text.trim().length;
    }),
  );
  t.pass();
});
