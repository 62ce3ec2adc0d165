import test from 'ava';
import sharp, { type Sharp } from 'sharp';
import { seededRandom } from '../../src/core/random.ts';
import { likeness, renderDifference, thumbnail, thumbnailSide } from '../../src/image/likeness.ts';
import { openPicture } from '../../src/image/open.ts';

/** A picture with coarse forms and a fine pattern. */
function drawing(seed: number, width = 600, height = 450): Sharp {
  const random = seededRandom(seed);
  const shapes = Array.from({ length: 12 }, () => {
    const [x, y, r] = [random() * width, random() * height, 20 + random() * 90];
    return `<circle cx="${x}" cy="${y}" r="${r}" fill="hsl(${random() * 360} 70% ${20 + random() * 60}%)"/>`;
  });
  const stripes = `<pattern id="p" width="7" height="7" patternUnits="userSpaceOnUse"><rect width="3" height="7" fill="#222"/></pattern>`;
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}"><defs>${stripes}</defs>
    <rect width="100%" height="100%" fill="#ddd"/>${shapes.join('')}<rect x="60" y="60" width="200" height="200" fill="url(#p)"/></svg>`;
  return sharp(Buffer.from(svg)).flatten();
}

const mean = (values: Float32Array) => values.reduce((sum, value) => sum + value, 0) / values.length;
const look = async (image: Sharp) =>
  thumbnail(await openPicture(await image.jpeg({ quality: 90 }).toBuffer()));

test('a picture is as like itself as can be', async (t) => {
  const one = await look(drawing(1));
  t.is(one.luma.length, thumbnailSide ** 2);
  t.is(one.rgb.length, 3 * thumbnailSide ** 2);
  t.deepEqual(likeness(one, one), { difference: 0, correlation: 1, stretch: 1 });
});

test('encoding and size change little, light changes the difference alone, another picture changes all', async (t) => {
  const original = await look(drawing(1));
  const png = await drawing(1).png().toBuffer();
  const coded = await openPicture(await sharp(png).jpeg({ quality: 40 }).toBuffer());
  const copies = [await thumbnail(coded)];
  for (const width of [150, 233, 800]) copies.push(await look(sharp(png).resize(width)));
  for (const copy of copies) {
    const found = likeness(original, copy);
    t.true(found.difference < 3, String(found.difference));
    t.true(found.correlation > 0.98 && found.stretch < 1.02);
  }
  const dark = likeness(original, await look(sharp(png).modulate({ brightness: 0.7 })));
  t.true(dark.difference > 20 && dark.correlation > 0.98);
  for (const seed of [2, 3, 4]) {
    const other = likeness(original, await look(drawing(seed)));
    t.true(other.difference > 15 && other.correlation < 0.8);
  }
  const squeezed = likeness(original, await look(sharp(png).resize(300, 300, { fit: 'fill' })));
  t.true(Math.abs(squeezed.stretch - 4 / 3) < 1e-9 && squeezed.difference < 3);
});

test('the same thing in another colour of the same brightness is another picture', async (t) => {
  const shirt = (fill: string) =>
    sharp(
      Buffer.from(
        `<svg xmlns="http://www.w3.org/2000/svg" width="300" height="300"><rect width="100%" height="100%" fill="#fff"/><circle cx="150" cy="150" r="120" fill="${fill}"/></svg>`,
      ),
    ).flatten();
  const [red, green] = [await look(shirt('#d83030')), await look(shirt('#0e700e'))];
  t.true(Math.abs(mean(red.luma) - mean(green.luma)) < 5);
  t.true(likeness(red, green).difference > 30);
});

test('a rotation in the EXIF data is the same picture, and one grey has no correlation', async (t) => {
  const png = await drawing(1).png().toBuffer();
  const rotated = await sharp(png).rotate(270).jpeg().withMetadata({ orientation: 6 }).toBuffer();
  const found = likeness(await look(sharp(png)), await thumbnail(await openPicture(rotated)));
  t.true(found.difference < 3 && found.stretch === 1);
  const grey = sharp({ create: { width: 60, height: 60, channels: 3, background: '#888' } });
  t.is(likeness(await look(grey), await look(drawing(1))).correlation, 0);
});

test('a difference map is black where nothing differs, and bright where something was painted over', async (t) => {
  const png = await drawing(1).png().toBuffer();
  const patch = { create: { width: 120, height: 120, channels: 3, background: '#fff' } } as const;
  const painted = await sharp(png)
    .composite([
      { input: { ...patch, create: { ...patch.create, background: '#000' } }, left: 0, top: 0 },
      { input: patch, left: 480, top: 330 },
    ])
    .png()
    .toBuffer();
  const map = await renderDifference(await openPicture(png), await openPicture(painted), 300);
  const { data, info } = await sharp(map).removeAlpha().raw().toBuffer({ resolveWithObject: true });
  t.like(info, { width: 300, height: 225 });
  const brightness = (x: number, y: number) => data[3 * (y * 300 + x)]! + data[3 * (y * 300 + x) + 1]!;
  t.true(brightness(20, 20) > 300);
  t.true(brightness(20, 150) < 20);
});
