import type { Json } from '../../core/item.ts';

/** Doubles hold every decimal number of 15 digits; longer ones (account numbers, long ids) would lose their end. */
const maxDigits = 15;
const plainNumber = /^-?(?:0|[1-9]\d*)(?:\.\d+)?$/;

/**
 * The value of a metadata cell of a text table. A cell keeps its type where the whole text, without spaces around it, is
 * - `true` or `false`, in any case;
 * - a plain decimal number of at most 15 digits: `42`, `-0.5`, `19.90`.
 * Everything else is text, as written: leading zeros (`007`), a plus, exponents (`1e5`), thousands separators, `NaN`, dates.
 */
export function cellValue(text: string): Json {
  const trimmed = text.trim();
  if (/^true$/i.test(trimmed)) return true;
  if (/^false$/i.test(trimmed)) return false;
  // "+ 0" turns -0 into 0, which JSON cannot tell apart.
  if (plainNumber.test(trimmed) && digitsIn(trimmed) <= maxDigits) return Number(trimmed) + 0;
  return text;
}

function digitsIn(text: string): number {
  return text.replaceAll(/\D/g, '').length;
}
