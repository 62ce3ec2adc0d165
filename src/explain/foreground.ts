/**
 * Where the object of a picture is, by the network's own features: no labels, no second network.
 *
 * What lies along the edges of a picture is mostly background (the boundary prior of Wei et al. 2012, "Geodesic Saliency Using Background
 * Priors"), and features answer more strongly on objects (SCDA: Wei et al. 2017, arXiv 1604.04994). The length of the difference between a
 * place's features and the mean along the edges holds both. docs/explanations.md compares it with other ways (TokenCut, LOST, principal
 * components) and gives figures.
 */
import type { Rect, Size } from '../core/geometry.ts';
import type { HeatMap } from '../core/heat-map.ts';
import { heatMap, resampleMap } from '../image/heat-map.ts';
import type { Subject } from './subject.ts';

export interface Foreground {
  /** How much each pixel of the tensor stands out, 0 to 1: 0 on the bars. */
  readonly saliency: HeatMap;
  /** Of the tensor's size, 1 on the object: the connected part above the mean that stands out most in sum. */
  readonly mask: HeatMap;
  /** Around the mask, whole pixels of the tensor. */
  readonly box: Rect;
  /** All connected parts above the mean that count for something; the first is the object. */
  readonly parts: readonly ForegroundPart[];
}

export interface ForegroundPart {
  /** Whole pixels of the tensor. */
  readonly box: Rect;
  /** The share (0 to 1) of the part in what stands out of all of them. */
  readonly share: number;
}

/** Parts with less of what stands out are not worth a look. */
const smallestShare = 0.08;

/** σ of the Gaussian on the centre, as a part of the picture's sides: people put what matters there. */
const centreWidth = 0.35;

/** Undefined where the picture has fewer than 3 × 3 places, or none that differs from the edges. */
export function findForeground(subject: Subject): Foreground | undefined {
  const pixels = standingOut(subject);
  if (!pixels) return undefined;
  const { image, content } = subject;
  const [, height = 0, width = 0] = image.dims;
  const parts = partsOf(pixels, content);
  const inside = heatMap(pixels.width, pixels.height);
  for (const cell of parts[0]!.cells) inside.data[cell] = 1;
  return {
    saliency: onTensor(pixels, content, { width, height }),
    mask: onTensor(inside, content, { width, height }),
    box: parts[0]!.box,
    parts: parts.map(({ box, share }) => ({ box, share })),
  };
}

/** The parts alone, for whoever needs no maps; none where findForeground finds nothing. */
export function foregroundParts(subject: Subject): ForegroundPart[] {
  const pixels = standingOut(subject);
  return pixels ? partsOf(pixels, subject.content).map(({ box, share }) => ({ box, share })) : [];
}

function partsOf(pixels: HeatMap, content: Rect): (ForegroundPart & Pick<Part, 'cells'>)[] {
  const found = connectedParts(pixels);
  const mass = found.reduce((sum, part) => sum + part.mass, 0);
  return found
    .filter(({ mass: own }, i) => i === 0 || own / mass >= smallestShare)
    .map(({ cells, mass: own }) => ({ cells, box: boxAround(cells, content), share: own / mass }));
}

/** How much each pixel of the picture (of its part of the tensor) stands out, 0 to 1. Undefined where findForeground is. */
export function standingOut({ image, features, content }: Subject): HeatMap | undefined {
  const [, height = 0, width = 0] = image.dims;
  const places = placesInside(features.dims, { width, height }, content);
  if (places.columns.length < 3 || places.rows.length < 3) return undefined;
  const standing = weightedByCentre(differences(features.data, features.dims, places));
  return standing && enlarged(standing, places, content);
}

/** Columns and rows of the feature map whose centres lie in the picture and not on a bar, and how many pixels a place has. */
interface Places {
  readonly columns: readonly number[];
  readonly rows: readonly number[];
  readonly pixelsAcross: number;
  readonly pixelsDown: number;
}

function placesInside([, h = 0, w = 0]: readonly number[], size: Size, content: Rect): Places {
  const [pixelsAcross, pixelsDown] = [size.width / w, size.height / h];
  const inside = (count: number, step: number, start: number, length: number) =>
    Array.from({ length: count }, (_, i) => i).filter((i) => {
      const centre = (i + 0.5) * step;
      return centre >= start && centre < start + length;
    });
  return {
    columns: inside(w, pixelsAcross, content.x, content.width),
    rows: inside(h, pixelsDown, content.y, content.height),
    pixelsAcross,
    pixelsDown,
  };
}

/** |F(z) - mean of F along the edges| for each place inside. */
function differences(
  data: Float32Array,
  [channels = 0, h = 0, w = 0]: readonly number[],
  { columns, rows }: Places,
): HeatMap {
  const out = heatMap(columns.length, rows.length);
  const edge = (row: number, column: number) =>
    row === 0 || column === 0 || row === rows.length - 1 || column === columns.length - 1;
  const cells = rows.flatMap((y, row) =>
    columns.map((x, column) => ({ at: y * w + x, onEdge: edge(row, column) })),
  );
  // Every search comes through here, with a number for each channel and place: plain loops over typed arrays.
  const inside = Int32Array.from(cells, ({ at }) => at);
  const edges = inside.filter((_, i) => cells[i]!.onEdge);
  for (let c = 0; c < channels; c++) {
    const plane = c * h * w;
    let background = 0;
    for (let i = 0; i < edges.length; i++) background += data[plane + edges[i]!]!;
    background /= edges.length;
    for (let i = 0; i < inside.length; i++) {
      const difference = data[plane + inside[i]!]! - background;
      out.data[i]! += difference * difference;
    }
  }
  return { ...out, data: out.data.map(Math.sqrt) };
}

/** From 0 to 1, times a Gaussian on the centre; undefined where all places are alike. */
function weightedByCentre(map: HeatMap): HeatMap | undefined {
  const { width, height, data } = map;
  const [low, high] = [Math.min(...data), Math.max(...data)];
  if (!(high - low > 1e-6 * high)) return undefined;
  const bell = (i: number, count: number) => Math.exp(-0.5 * (((i + 0.5) / count - 0.5) / centreWidth) ** 2);
  return {
    width,
    height,
    data: data.map(
      (value, i) =>
        ((value - low) / (high - low)) * bell(i % width, width) * bell(Math.floor(i / width), height),
    ),
  };
}

/** Bilinear, to the pixels of the picture inside the tensor. */
function enlarged(map: HeatMap, { columns, rows, pixelsAcross, pixelsDown }: Places, content: Rect): HeatMap {
  const region = {
    x: content.x / pixelsAcross - columns[0]!,
    y: content.y / pixelsDown - rows[0]!,
    width: content.width / pixelsAcross,
    height: content.height / pixelsDown,
  };
  return resampleMap(map, region, content);
}

interface Part {
  readonly cells: Int32Array;
  readonly mass: number;
}

/** Parts above the mean that hang together by edges; the one that stands out most in sum first. */
function connectedParts({ width, height, data }: HeatMap): Part[] {
  let sum = 0;
  for (let i = 0; i < data.length; i++) sum += data[i]!;
  const mean = sum / data.length;
  const open = new Uint8Array(data.length);
  for (let i = 0; i < data.length; i++) open[i] = data[i]! > mean ? 1 : 0;
  const parts: Part[] = [];
  // Cells of one part after the other.
  const found = new Int32Array(data.length);
  let end = 0;
  const take = (cell: number): void => {
    open[cell] = 0;
    found[end++] = cell;
  };
  for (let start = open.indexOf(1); start >= 0; start = open.indexOf(1, start)) {
    const first = end;
    let mass = 0;
    take(start);
    // The list grows while it is read: what is behind `i` has been looked around.
    for (let i = first; i < end; i++) {
      const cell = found[i]!;
      const x = cell % width;
      mass += data[cell]!;
      if (x > 0 && open[cell - 1]) take(cell - 1);
      if (x < width - 1 && open[cell + 1]) take(cell + 1);
      if (cell >= width && open[cell - width]) take(cell - width);
      if (cell < width * (height - 1) && open[cell + width]) take(cell + width);
    }
    parts.push({ cells: found.subarray(first, end), mass });
  }
  return parts.sort((a, b) => b.mass - a.mass);
}

/** The smallest rectangle, in the tensor, around all that is not 0 in a map of the picture's part of it. */
export function boxOf(map: HeatMap, content: Rect): Rect {
  return boxAround(
    Int32Array.from(map.data.keys()).filter((cell) => map.data[cell] !== 0),
    content,
  );
}

/** The smallest rectangle around cells of a grid as wide as `content`, in its place. */
function boxAround(cells: Int32Array, content: Rect): Rect {
  let [left, top, right, bottom] = [Infinity, Infinity, 0, 0];
  for (let i = 0; i < cells.length; i++) {
    const x = cells[i]! % content.width;
    const y = (cells[i]! - x) / content.width;
    if (x < left) left = x;
    if (x >= right) right = x + 1;
    if (y < top) top = y;
    if (y >= bottom) bottom = y + 1;
  }
  return { x: content.x + left, y: content.y + top, width: right - left, height: bottom - top };
}

/** A map of the picture's part of the tensor, with zeros on the bars. */
function onTensor(map: HeatMap, content: Rect, { width, height }: Size): HeatMap {
  if (map.width === width && map.height === height) return map;
  const out = heatMap(width, height);
  for (let y = 0; y < map.height; y++) {
    const row = map.data.subarray(y * map.width, (y + 1) * map.width);
    out.data.set(row, (content.y + y) * width + content.x);
  }
  return out;
}
