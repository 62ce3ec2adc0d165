/** How alike two maps are. */

/** Pearson's correlation, -1 to 1; 0 where either side does not vary. Throws RangeError for different lengths. */
export function pearson(a: ArrayLike<number>, b: ArrayLike<number>): number {
  const count = a.length;
  if (count !== b.length) throw new RangeError(`expected ${count} values, received ${b.length}`);
  let meanA = 0;
  let meanB = 0;
  for (let i = 0; i < count; i++) {
    meanA += a[i]! / count;
    meanB += b[i]! / count;
  }
  let [both, squareA, squareB] = [0, 0, 0];
  for (let i = 0; i < count; i++) {
    const [x, y] = [a[i]! - meanA, b[i]! - meanB];
    both += x * y;
    squareA += x * x;
    squareB += y * y;
  }
  // What is left of a constant after subtracting its mean is rounding.
  const varies = (squares: number, mean: number) => squares > 1e-12 * count * mean * mean;
  if (!varies(squareA, meanA) || !varies(squareB, meanB)) return 0;
  return both / Math.sqrt(squareA * squareB);
}

/** Spearman's rank correlation: Pearson's of the ranks. */
export function spearman(a: ArrayLike<number>, b: ArrayLike<number>): number {
  return pearson(ranks(a), ranks(b));
}

/** The rank of each value, from 0; equal values share the mean of their ranks. */
export function ranks(values: ArrayLike<number>): Float64Array {
  const order = Uint32Array.from({ length: values.length }, (_, i) => i).sort(
    (i, k) => values[i]! - values[k]!,
  );
  const ranks = new Float64Array(values.length);
  for (let start = 0; start < order.length;) {
    let end = start + 1;
    while (end < order.length && values[order[end]!] === values[order[start]!]) end++;
    for (let i = start; i < end; i++) ranks[order[i]!] = (start + end - 1) / 2;
    start = end;
  }
  return ranks;
}

/** The mean of Pearson's correlation over all pairs of at least two maps; 1 for maps that are all the same. */
export function meanCorrelation(maps: readonly ArrayLike<number>[]): number {
  const pairs = maps.flatMap((a, i) => maps.slice(i + 1).map((b) => pearson(a, b)));
  if (pairs.length === 0) throw new RangeError(`expected at least two maps, received ${maps.length}`);
  return pairs.reduce((sum, value) => sum + value, 0) / pairs.length;
}
