/**
 * The page's script: the opacity slider, and pointing at a place to see what answers it. Everything else works without script.
 * Plain JavaScript for browsers; it has no back-quotes, and no dollar sign before a brace.
 */
export const clientScript = `
'use strict';
const slider = document.getElementById('opacity');
slider?.addEventListener('input', () => {
  document.body.style.setProperty('--opacity', slider.value / 100);
});

for (const evidence of document.querySelectorAll('.evidence')) connect(evidence);

/** Lets both pictures of a pair be pointed at. */
function connect(evidence) {
  const shares = Uint8Array.from(atob(evidence.dataset.answers), (c) => c.charCodeAt(0));
  const answers = Float32Array.from(shares, (root) => root * root);
  const total = answers.reduce((sum, share) => sum + share, 0) || 1;
  const text = evidence.querySelector('.answer');
  const invitation = text.textContent;
  const [query, hit] = [...evidence.querySelectorAll('.seen')].map((seen) => pane(seen));
  const queryPlaces = query.columns * query.rows;
  const hitPlaces = hit.columns * hit.rows;
  let pinned = false;

  /** What answers a place of a side: one share for each place of the other. */
  function rowOf(side, place) {
    if (side === query) return answers.subarray(place * hitPlaces, (place + 1) * hitPlaces);
    return Float32Array.from({ length: queryPlaces }, (_, z) => answers[z * hitPlaces + place]);
  }

  function show(asked, x, y) {
    const other = asked === query ? hit : query;
    const row = rowOf(asked, y * asked.columns + x);
    const sum = row.reduce((a, b) => a + b, 0);
    evidence.classList.add('pointing');
    asked.mark(x, y);
    other.light(row);
    text.textContent =
      'This place carries ' + percent(sum / total) + ' of the score (' +
      percent(1 / (asked.columns * asked.rows)) + ' on average). The lit places of the ' +
      other.name + ' answer it.';
  }

  function clear() {
    pinned = false;
    evidence.classList.remove('pointing');
    query.clear();
    hit.clear();
    text.textContent = invitation;
  }

  for (const side of [query, hit]) {
    const { seen } = side;
    seen.addEventListener('pointermove', (event) => {
      if (event.pointerType !== 'mouse' || pinned) return;
      const [x, y] = side.placeAt(event);
      if (!side.isAt(x, y)) show(side, x, y);
    });
    seen.addEventListener('pointerleave', (event) => {
      if (event.pointerType === 'mouse' && !pinned) clear();
    });
    seen.addEventListener('click', (event) => {
      const [x, y] = side.placeAt(event);
      if (pinned && side.isAt(x, y)) return clear();
      clear();
      pinned = true;
      show(side, x, y);
    });
    seen.addEventListener('keydown', (event) => {
      if (event.key === 'Escape') return clear();
      const step = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
      if (!step) return;
      event.preventDefault();
      const place = side.beside(step);
      clear();
      pinned = true;
      show(side, ...place);
    });
    seen.addEventListener('blur', clear);
  }
}

/** A picture that can be pointed at, in places of its feature map. */
function pane(seen) {
  const [columns, rows] = seen.dataset.places.split(' ').map(Number);
  const [left, top, width, height] = seen.dataset.view.split(' ').map(Number);
  const canvas = seen.querySelector('.answers');
  const box = seen.querySelector('.asked');
  const lastX = Math.min(columns, Math.ceil(left + width)) - 1;
  const lastY = Math.min(rows, Math.ceil(top + height)) - 1;
  const inside = (x, y) => [
    Math.max(Math.floor(left), Math.min(lastX, x)),
    Math.max(Math.floor(top), Math.min(lastY, y)),
  ];
  let at;
  return {
    seen, columns, rows, name: seen.dataset.side,
    placeAt(event) {
      const area = seen.getBoundingClientRect();
      return inside(
        Math.floor(left + ((event.clientX - area.left) / area.width) * width),
        Math.floor(top + ((event.clientY - area.top) / area.height) * height),
      );
    },
    isAt: (x, y) => at !== undefined && at[0] === x && at[1] === y,
    /** The place one step from the marked one; the middle to begin with. */
    beside([dx, dy]) {
      if (!at) return inside(Math.floor(left + width / 2), Math.floor(top + height / 2));
      return inside(at[0] + dx, at[1] + dy);
    },
    mark(x, y) {
      at = [x, y];
      box.hidden = false;
      box.style.left = (100 * (x - left)) / width + '%';
      box.style.top = (100 * (y - top)) / height + '%';
      box.style.width = 100 / width + '%';
      box.style.height = 100 / height + '%';
      canvas.classList.remove('lit');
    },
    /** Dark where nothing answers. */
    light(row) {
      at = undefined;
      box.hidden = true;
      canvas.getContext('2d').putImageData(shade(row, columns, rows), 0, 0);
      canvas.classList.add('lit');
    },
    clear() {
      at = undefined;
      box.hidden = true;
      canvas.classList.remove('lit');
    },
  };
}

/** A black picture that lets through what has a large share; bilinear between places, 16 pixels each. */
function shade(row, columns, rows) {
  const image = new ImageData(columns * 16, rows * 16);
  const most = Math.max(...row) || 1;
  for (let i = 0; i < columns * rows * 256; i++) {
    const x = Math.max(0, Math.min(columns - 1, ((i % image.width) - 7.5) / 16));
    const y = Math.max(0, Math.min(rows - 1, (Math.floor(i / image.width) - 7.5) / 16));
    const at = Math.floor(y) * columns + Math.floor(x);
    const right = x < columns - 1 ? 1 : 0;
    const down = y < rows - 1 ? columns : 0;
    const above = row[at] + (x % 1) * (row[at + right] - row[at]);
    const below = row[at + down] + (x % 1) * (row[at + down + right] - row[at + down]);
    image.data[4 * i + 3] = 215 * (1 - (above + (y % 1) * (below - above)) / most);
  }
  return image;
}

function percent(part) {
  return (100 * part).toFixed(1) + '\\u00a0%';
}
`;
