/** Columns of text that line up. */

export interface Column<Row> {
  readonly title: string;
  readonly cell: (row: Row) => string;
  /** Numbers stand to the right; left when absent. */
  readonly align?: 'left' | 'right';
  /** Cells longer than this are cut, with an ellipsis; not at all when absent. */
  readonly maxWidth?: number;
}

/** A line of titles and a line for each row, without line ends. Line breaks and control characters in cells become spaces. */
export function table<Row>(columns: readonly Column<Row>[], rows: readonly Row[]): string[] {
  const lines = [
    columns.map(({ title }) => title),
    ...rows.map((row) =>
      columns.map(({ cell, maxWidth = Infinity }) => shortened(oneLine(cell(row)), maxWidth)),
    ),
  ];
  const widths = columns.map((_, i) => Math.max(...lines.map((cells) => displayWidth(cells[i]!))));
  return lines.map((cells) =>
    cells
      .map((cell, i) => {
        const padding = ' '.repeat(widths[i]! - displayWidth(cell));
        return columns[i]!.align === 'right' ? padding + cell : cell + padding;
      })
      .join('  ')
      .trimEnd(),
  );
}

/** Names and values, the values lined up. */
export function facts(pairs: readonly (readonly [name: string, value: string])[]): string[] {
  const width = Math.max(...pairs.map(([name]) => displayWidth(name)));
  return pairs.map(([name, value]) => `${name}${' '.repeat(width - displayWidth(name))}  ${value}`);
}

/** Control characters could move the cursor or change colours: what comes from files must not. */
export function oneLine(text: string): string {
  return text.replaceAll(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ');
}

/** At most so many cells of a terminal wide. */
export function shortened(text: string, width: number): string {
  if (displayWidth(text) <= width) return text;
  let kept = '';
  let used = 1;
  for (const { segment } of segmenter.segment(text)) {
    used += displayWidth(segment);
    if (used > width) break;
    kept += segment;
  }
  return `${kept}…`;
}

/** Cells of a terminal that a text takes: two for East Asian wide characters and emoji. */
export function displayWidth(text: string): number {
  if (/^[ -~]*$/.test(text)) return text.length;
  let width = 0;
  for (const { segment } of segmenter.segment(text)) width += wide.test(segment) ? 2 : 1;
  return width;
}

const segmenter = new Intl.Segmenter();
/** The blocks that Unicode's East Asian Width calls W or F, as scripts and ranges; good enough to line up a table. */
const wide =
  /^[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Emoji_Presentation}\u3000-\u303F\uFF01-\uFF60\uFFE0-\uFFE6]/u;
