/** JSON for people too: indented, but a list of numbers stays on one line. */
export function prettyJson(value: unknown): string {
  const text = JSON.stringify(value, null, 2);
  // A line end inside brackets is never part of a string, where it would be written \n.
  return text.replaceAll(
    /\[\n\s+([-+.\deE,\s]+?)\n\s+\]/g,
    (_, numbers: string) => `[${numbers.replaceAll(/\s+/g, ' ')}]`,
  );
}
