/** The methods of explanation, below the help of the commands that have them. */
import { methods } from '../explain/methods/index.ts';

/** Each with its cost, what it is good for, and its source, in lines of at most 100 characters. */
export function methodHelp(): string {
  const width = Math.max(...methods.map(({ name }) => name.length));
  const margin = ' '.repeat(width + 11);
  const entries = methods.map(({ name, passes, about, source }) => {
    const lines = wrapped(`${about} [${source}]`, 100 - margin.length);
    return `  ${name.padEnd(width)}  ${String(passes).padStart(4)}   ${lines.join(`\n${margin}`)}`;
  });
  const title =
    '\nMethods, and what a map costs in forward passes of one picture (one run shares its gradients):';
  return [title, ...entries].join('\n');
}

function wrapped(text: string, width: number): string[] {
  const lines = [''];
  for (const word of text.split(' ')) {
    const line = lines.at(-1)!;
    if (line.length + 1 + word.length > width) lines.push(word);
    else lines[lines.length - 1] = line === '' ? word : `${line} ${word}`;
  }
  return lines;
}
