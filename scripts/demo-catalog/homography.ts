/** Perspective maps of the plane as 3 × 3 matrices, row by row: (x, y, 1) of a layer to (u·w, v·w, w) of a picture. */

export type Homography = readonly [number, number, number, number, number, number, number, number, number];

export const identity: Homography = [1, 0, 0, 0, 1, 0, 0, 0, 1];

/** Where a point of the layer appears: x, y, and the depth w (not positive behind the eye). */
export function project(matrix: Homography, x: number, y: number): [number, number, number] {
  const [a, b, c, d, e, f, g, h, k] = matrix;
  const w = g * x + h * y + k;
  return [(a * x + b * y + c) / w, (d * x + e * y + f) / w, w];
}

/** The map that first does `b`, then `a`. */
export function multiply(a: Homography, b: Homography): Homography {
  const cell = (row: number, column: number): number =>
    a[row * 3]! * b[column]! + a[row * 3 + 1]! * b[column + 3]! + a[row * 3 + 2]! * b[column + 6]!;
  return [
    cell(0, 0),
    cell(0, 1),
    cell(0, 2),
    cell(1, 0),
    cell(1, 1),
    cell(1, 2),
    cell(2, 0),
    cell(2, 1),
    cell(2, 2),
  ];
}

export function invert(matrix: Homography): Homography {
  const [a, b, c, d, e, f, g, h, k] = matrix;
  const [A, B, C] = [e * k - f * h, f * g - d * k, d * h - e * g];
  const s = 1 / (a * A + b * B + c * C);
  return [
    A * s,
    (c * h - b * k) * s,
    (b * f - c * e) * s,
    B * s,
    (a * k - c * g) * s,
    (c * d - a * f) * s,
    C * s,
    (b * g - a * h) * s,
    (a * e - b * d) * s,
  ];
}
