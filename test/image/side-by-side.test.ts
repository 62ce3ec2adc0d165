import test from 'ava';
import type { Rgb } from '../../src/image/pixels.ts';
import { sideBySide } from '../../src/image/side-by-side.ts';
import { pixelAt, rawPixels, solid } from './pictures.ts';

const red: Rgb = [200, 0, 0];
const blue: Rgb = [0, 0, 200];

test('two pictures stand at one height with a white gap', async (t) => {
  const left = await solid(100, 50, red).png().toBuffer();
  const right = await solid(30, 60, blue).png().toBuffer();
  const pixels = await rawPixels(
    await sideBySide({ image: left }, { image: right }, { height: 100, gap: 10 }),
  );
  t.deepEqual([pixels.width, pixels.height], [200 + 10 + 50, 100]);
  t.deepEqual(pixelAt(pixels, 199, 99), [...red]);
  t.deepEqual(pixelAt(pixels, 205, 50), [255, 255, 255]);
  t.deepEqual(pixelAt(pixels, 211, 0), [...blue]);
});

test('lines join points given in the coordinates of each picture', async (t) => {
  const image = await solid(100, 100, [128, 128, 128]).png().toBuffer();
  const pixels = await rawPixels(
    await sideBySide(
      { image, coordinates: { width: 1000, height: 1000 } },
      { image },
      {
        height: 200,
        gap: 20,
        lines: [{ from: { x: 500, y: 250 }, to: { x: 50, y: 75 }, weight: 3 }],
      },
    ),
  );
  const orange = [230, 159, 0];
  t.deepEqual(pixelAt(pixels, 100, 50), orange, 'its start');
  t.deepEqual(pixelAt(pixels, 320, 150), orange, 'its end');
  t.deepEqual(pixelAt(pixels, 210, 100), orange, 'its middle');
  t.deepEqual(pixelAt(pixels, 100, 150), [128, 128, 128], 'nothing elsewhere');
});

test('captions and a legend add room below; marks in a caption do no harm', async (t) => {
  const image = await solid(100, 100, red).png().toBuffer();
  const caption = 'a <b> & "c" \u0000 \ud800 👩‍👩‍👧 and so on, far longer than the picture is wide';
  const bare = await rawPixels(await sideBySide({ image }, { image }, { height: 100 }));
  const full = await rawPixels(
    await sideBySide({ image, caption }, { image }, { height: 100, legend: 'inferno' }),
  );
  t.is(bare.height, 100);
  t.is(full.height, 100 + 30 + 28);
  t.is(full.width, bare.width);
  t.deepEqual(
    pixelAt(full, 64, 140).map((v) => v < 60),
    [true, true, true],
    'the dark end of the legend',
  );
});
