/** The parts that make output readable: tables, numbers, rates, colours, JSON. */
import fc from 'fast-check';
import test from 'ava';
import { bytes, counted, duration, rate, timeLeft } from '../../src/cli/format.ts';
import { prettyJson } from '../../src/cli/json.ts';
import { rectangle, triple, wholeNumber } from '../../src/cli/options.ts';
import { Output } from '../../src/cli/output.ts';
import { progressText, showProgress } from '../../src/cli/progress.ts';
import { RateMeter } from '../../src/cli/rate-meter.ts';
import { hasColors } from '../../src/cli/style.ts';
import { displayWidth, shortened, table } from '../../src/cli/table.ts';

test('columns line up, whatever script the cells are written in', (t) => {
  const rows = [
    { name: 'áo thun', price: 9 },
    { name: '白いシャツ', price: 120 },
    { name: 'a\nb\u001B[31m', price: 7 },
  ];
  const lines = table(
    [
      { title: 'name', cell: ({ name }) => name },
      { title: 'price', align: 'right', cell: ({ price }) => String(price) },
    ],
    rows,
  );
  t.deepEqual(lines, ['name        price', 'áo thun         9', '白いシャツ    120', 'a b [31m        7']);
});

test('a shortened text never takes more room than it may', (t) => {
  const text = fc.string({ unit: 'grapheme', maxLength: 30 });
  fc.assert(
    fc.property(text, fc.integer({ min: 1, max: 20 }), (value, width) => {
      const short = shortened(value, width);
      return displayWidth(short) <= width && (displayWidth(value) > width || short === value);
    }),
  );
  t.is(shortened('shoes/12.jpg', 6), 'shoes…');
  t.pass();
});

test('numbers are written as people read them', (t) => {
  t.deepEqual([0, 999, 1500, 9940, 59_400, 65_000, 4_320_000].map(duration), [
    '0 ms',
    '999 ms',
    '1.5 s',
    '9.9 s',
    '59 s',
    '1 min 05 s',
    '1 h 12 min',
  ]);
  t.deepEqual([10, 6000, 61_000].map(timeLeft), ['1 s', '6 s', '1 min 01 s']);
  t.deepEqual([0, 3.44, 112.4, 1456].map(rate), ['0.0/s', '3.4/s', '112/s', '1,456/s']);
  t.deepEqual([999, 1000, 11_401_817, 102_576_593, 5e12].map(bytes), [
    '999 B',
    '1.0 kB',
    '11.4 MB',
    '103 MB',
    '5.0 TB',
  ]);
  t.deepEqual([counted(1, 'picture'), counted(1456, 'picture')], ['1 picture', '1,456 pictures']);
});

test('the rate is that of the last seconds, and the time left follows it', (t) => {
  const meter = new RateMeter();
  t.is(meter.perSecond, undefined);
  // A thousand known pictures at once, then 10 a second.
  meter.add(0, 0);
  meter.add(100, 1000);
  t.is(meter.perSecond, undefined, 'too early to tell');
  for (let second = 1; second <= 60; second++) meter.add(100 + second * 1000, 1000 + second * 10);
  t.true(Math.abs(meter.perSecond! - 10) < 0.01);
  t.true(Math.abs(meter.timeLeft(1700)! - 10_000) < 100);
  t.is(new RateMeter().timeLeft(10), undefined);
});

test('a log gets a line now and then, and a program JSON lines', (t) => {
  const meter = new RateMeter();
  const words = { title: 'Indexing', unit: 'pictures' } as const;
  t.is(
    progressText({ phase: 'index', done: 645, total: 1456, failed: 3 }, words, meter),
    ' 44 %  645 of 1,456  3 failed',
  );
  t.is(progressText({ phase: 'index', done: 645 }, words, meter), '645 pictures');
  const download = { title: 'Downloading', unit: 'bytes' } as const;
  t.is(
    progressText({ phase: 'download', done: 1e6, total: 4e6 }, download, meter),
    ' 25 %  1.0 MB of 4.0 MB',
  );
  let [stdout, stderr] = ['', ''];
  const io = {
    stdout: { write: (text: string) => (stdout += text) },
    stderr: { write: (text: string) => (stderr += text) },
    env: {},
    signal: new AbortController().signal,
  };
  const display = showProgress(new Output(io, true), words);
  display.onProgress({ phase: 'index', done: 1, total: 2 });
  display.onProgress({ phase: 'index', done: 2, total: 2 });
  display.stop();
  t.deepEqual(JSON.parse(stdout), { event: 'progress', phase: 'index', done: 1, total: 2 });
  t.is(stderr, '');
});

test('colours: on a terminal, unless NO_COLOR; elsewhere only with FORCE_COLOR', (t) => {
  const terminal = { isTTY: true, write: () => true };
  const pipe = { write: () => true };
  t.true(hasColors(terminal, {}));
  t.true(hasColors(terminal, { NO_COLOR: '' }));
  t.false(hasColors(terminal, { NO_COLOR: '1', FORCE_COLOR: '1' }));
  t.false(hasColors(terminal, { TERM: 'dumb' }));
  t.false(hasColors(pipe, {}));
  t.true(hasColors(pipe, { FORCE_COLOR: '1' }));
  t.false(hasColors(terminal, { FORCE_COLOR: '0' }));
});

test('pretty JSON is the same JSON, with lists of numbers on one line', (t) => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      t.deepEqual(JSON.parse(prettyJson(value)), JSON.parse(JSON.stringify(value)));
    }),
  );
  t.is(prettyJson({ row: [1, -2.5, 1e-7] }), '{\n  "row": [1, -2.5, 1e-7]\n}');
});

test('option values are whole or refused', (t) => {
  t.is(wholeNumber('12'), 12);
  for (const wrong of ['0', '-1', '1.5', '', 'x', '1e3'])
    t.throws(() => wholeNumber(wrong), { message: /whole number/ });
  t.deepEqual(rectangle('1, 2,3.5,4'), { x: 1, y: 2, width: 3.5, height: 4 });
  for (const wrong of ['1,2,3', '1,2,3,4,5', '1,2,3,x', '', ',,,'])
    t.throws(() => rectangle(wrong), { message: /x,y,width,height/ });
  t.deepEqual(triple('104,117,123'), [104, 117, 123]);
  t.deepEqual(triple('1'), [1, 1, 1]);
  for (const wrong of ['1,2', '1,2,3,4', 'a']) t.throws(() => triple(wrong), { message: /three numbers/ });
});
