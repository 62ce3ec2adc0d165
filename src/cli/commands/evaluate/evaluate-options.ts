/** Options that the evaluations share. */
import { InvalidArgumentError, Option } from 'commander';

export const htmlOption = () =>
  new Option('--html <file.html>', 'write a page with the tables, curves and pictures').argParser(
    ending(/\.html?$/i, '.html'),
  );

export const csvOption = () =>
  new Option('--csv <file.csv>', 'write the figures as a table').argParser(ending(/\.csv$/i, '.csv'));

/** A name that no picture has: a result never replaces one by a slip of the keyboard. */
function ending(pattern: RegExp, expected: string): (text: string) => string {
  return (text) => {
    if (pattern.test(text)) return text;
    throw new InvalidArgumentError(`Expected a file name that ends in ${expected}.`);
  };
}
