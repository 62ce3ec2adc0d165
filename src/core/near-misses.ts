/** The names most like a misspelt one, best first, at most three: those that contain it, or are a few edits away. */
export function nearMisses(name: string, known: readonly string[]): string[] {
  const wanted = name.toLowerCase();
  const tolerance = Math.max(1, Math.floor(wanted.length / 3));
  return known
    .map((candidate) => ({ candidate, distance: distance(wanted, candidate.toLowerCase()) }))
    .filter(({ distance }) => distance <= tolerance)
    .sort((a, b) => a.distance - b.distance)
    .slice(0, 3)
    .map(({ candidate }) => candidate);
}

/** 0 where the candidate contains the wanted text: people shorten names. Otherwise Levenshtein's distance. */
function distance(wanted: string, candidate: string): number {
  return wanted && candidate.includes(wanted) ? 0 : editDistance(wanted, candidate);
}

/** Levenshtein 1966, by the table's rows (Wagner and Fischer 1974). */
function editDistance(a: string, b: string): number {
  let above = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const substitution = above[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      row.push(Math.min(substitution, above[j]! + 1, row[j - 1]! + 1));
    }
    above = row;
  }
  return above[b.length]!;
}
