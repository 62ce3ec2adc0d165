import test from 'ava';
import type { Rect } from '../../src/core/geometry.ts';
import { findForeground } from '../../src/explain/foreground.ts';
import { measureForeground } from '../../src/explain/measures/foreground-measures.ts';
import type { Subject } from '../../src/explain/subject.ts';
import { heatMap } from '../../src/image/heat-map.ts';

/** A subject of 8×8 places on 64×64 pixels whose features are those of a value at each place: (value, 1 - value). */
function subjectOf(
  value: (x: number, y: number) => number,
  content: Rect = { x: 0, y: 0, width: 64, height: 64 },
): Subject {
  const values = Array.from({ length: 64 }, (_, i) => value(i % 8, Math.floor(i / 8)));
  const data = Float32Array.from([...values, ...values.map((v) => 1 - v)]);
  const zeros = new Float32Array(2);
  return {
    image: { dims: [3, 64, 64], data: new Float32Array(3 * 64 * 64) },
    features: { dims: [2, 8, 8], data },
    embedding: zeros,
    unit: zeros,
    norm: 0,
    content,
  };
}

const inBox = (x: number, y: number, box: Rect) =>
  x >= box.x && x < box.x + box.width && y >= box.y && y < box.y + box.height;

/** Every edge of `box` within `pixels` of the expected one. */
const near = (box: Rect, expected: Rect, pixels: number): boolean =>
  [
    box.x - expected.x,
    box.y - expected.y,
    box.x + box.width - expected.x - expected.width,
    box.y + box.height - expected.y - expected.height,
  ].every((difference) => Math.abs(difference) <= pixels);

test('the box is around the places that differ from the edges, within half a place', (t) => {
  const object = { x: 2, y: 3, width: 3, height: 2 };
  const found = findForeground(subjectOf((x, y) => (inBox(x, y, object) ? 1 : 0.2)))!;
  t.true(near(found.box, { x: 16, y: 24, width: 24, height: 16 }, 5), JSON.stringify(found.box));
  t.is(found.parts.length, 1);
  t.is(found.parts[0]!.share, 1);
});

test('what differs counts, whether it answers more strongly or less', (t) => {
  const object = { x: 3, y: 3, width: 2, height: 2 };
  const less = findForeground(subjectOf((x, y) => (inBox(x, y, object) ? 0 : 0.8)))!;
  t.true(near(less.box, { x: 24, y: 24, width: 16, height: 16 }, 6), JSON.stringify(less.box));
});

test('the mask is what stands out within the box, and 0 outside it', (t) => {
  const found = findForeground(
    subjectOf((x, y) => (inBox(x, y, { x: 2, y: 2, width: 3, height: 3 }) ? 1 : 0)),
  )!;
  const { box, mask, saliency } = found;
  const inside = [...mask.data.keys()].filter((i) => mask.data[i] === 1);
  t.true(inside.length > 200);
  t.true(inside.every((i) => inBox(i % 64, Math.floor(i / 64), box)));
  const mean = saliency.data.reduce((sum, value) => sum + value, 0) / saliency.data.length;
  t.true(inside.every((i) => saliency.data[i]! > mean));
});

test('two objects are two parts, the larger first; the mask is that of the first', (t) => {
  const large = { x: 1, y: 2, width: 2, height: 4 };
  const small = { x: 5, y: 3, width: 2, height: 2 };
  const found = findForeground(subjectOf((x, y) => (inBox(x, y, large) || inBox(x, y, small) ? 1 : 0)))!;
  t.is(found.parts.length, 2);
  t.true(found.parts[0]!.share > found.parts[1]!.share);
  t.true(Math.abs(found.parts[0]!.share + found.parts[1]!.share - 1) < 1e-6);
  t.true(near(found.parts[0]!.box, { x: 8, y: 16, width: 16, height: 32 }, 6));
  t.true(near(found.parts[1]!.box, { x: 40, y: 24, width: 16, height: 16 }, 6));
  t.true([...found.mask.data.keys()].every((i) => found.mask.data[i] === 0 || i % 64 < 32));
});

test('bars around a picture take no part, whatever the network makes of them', (t) => {
  const content = { x: 0, y: 16, width: 64, height: 32 };
  const object = { x: 3, y: 3, width: 2, height: 2 };
  const found = findForeground(
    subjectOf((x, y) => (y < 2 || y > 5 ? 50 : inBox(x, y, object) ? 1 : 0.1), content),
  )!;
  t.true(near(found.box, { x: 24, y: 24, width: 16, height: 16 }, 6), JSON.stringify(found.box));
  t.true(
    [...found.saliency.data.keys()].every((i) => found.saliency.data[i] === 0 || (i >= 1024 && i < 3072)),
  );
});

test('nothing stands out of a uniform picture, or of one with too few places to have a middle', (t) => {
  t.is(findForeground(subjectOf(() => 0.7)), undefined);
  const narrow = { x: 24, y: 0, width: 16, height: 64 };
  t.is(findForeground(subjectOf((x, y) => x * y, narrow)), undefined);
});

test('measures: a right guess has an overlap near 1; the centre box and the whole picture know nothing', (t) => {
  const object = { x: 1, y: 1, width: 4, height: 4 };
  const mask = heatMap(
    64,
    64,
    Float32Array.from({ length: 4096 }, (_, i) =>
      inBox(i % 64, Math.floor(i / 64), { x: 8, y: 8, width: 32, height: 32 }) ? 1 : 0,
    ),
  );
  const measured = measureForeground(
    subjectOf((x, y) => (inBox(x, y, object) ? 1 : 0)),
    mask,
  )!;
  t.true(measured['features']!.boxOverlap > 0.7);
  t.is(measured['features']!.found, 1);
  t.is(measured['features']!.pointing, 1);
  t.is(measured['whole picture']!.boxOverlap, 0.25);
  t.is(measured['whole picture']!.maskOverlap, 0.25);
  // 45 of 64 pixels from 10 to 55: 30² of the object's 32² are inside.
  t.is(measured['centre box']!.boxOverlap, 900 / (1024 + 2025 - 900));
  t.is(
    measureForeground(
      subjectOf(() => 1),
      heatMap(64, 64),
    ),
    undefined,
  );
});
