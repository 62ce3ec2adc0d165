import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import test, { type ExecutionContext } from 'ava';
import Database from 'better-sqlite3';
import { errorCodes, exitCodes, type ErrorCode } from '../../src/core/errors.ts';
import { floatTensor, onnxFile, onnxNode } from '../support/onnx-file.ts';
import { tensor } from '../../src/core/tensor.ts';
import { json, lastEvent, otherModel, temporaryFolder, tinyModel, whymatch } from './cli.ts';
import { badPictures, oddPictures, patches, writeOddAndBad, writePictures } from './pictures.ts';

/** The command fails with the code: its exit code, its sentence, what to do; and the same with --json. */
async function refuses(t: ExecutionContext, code: ErrorCode, argv: readonly string[], sentence: RegExp) {
  const exitCode = exitCodes[errorCodes[code][0]];
  const { stdout, stderr, ...outcome } = await whymatch(argv);
  t.is(outcome.exitCode, exitCode, stderr);
  t.is(stdout, '');
  t.true(stderr.startsWith(`error ${code}: `), stderr);
  t.regex(stderr, sentence);
  t.true(stderr.includes(errorCodes[code][1]), stderr);
  t.false(stderr.includes('    at '), 'no stack without --debug');
  const { error } = await json(t, argv, exitCode);
  t.is(error.code, code);
  t.regex(error.message, sentence);
  t.is(typeof error.details, 'object');
}

const oneCatalog = async (t: ExecutionContext) => {
  const folder = temporaryFolder(t);
  await writePictures(path.join(folder, 'photos'), 3);
  const catalog = path.join(folder, 'shop');
  const done = await whymatch([
    'index',
    path.join(folder, 'photos'),
    '--catalog',
    catalog,
    '--model',
    tinyModel,
  ]);
  t.is(done.exitCode, 0, done.stderr);
  return { folder, catalog, good: path.join(folder, 'photos', '00.png') };
};

test('a query that is no usable picture is refused with its code, whether searched or explained', async (t) => {
  const { folder, catalog, good } = await oneCatalog(t);
  await writeOddAndBad(folder);
  const find = (file: string) => ['search', file, '--catalog', catalog, '--model', tinyModel];
  for (const [name, [code]] of Object.entries(badPictures)) {
    await refuses(t, code, find(path.join(folder, name)), new RegExp(name));
  }
  await refuses(t, 'IMAGE_NOT_FOUND', find(path.join(folder, 'gone.jpg')), /gone\.jpg, found none/);
  await refuses(t, 'IMAGE_UNREADABLE', find(folder), /expected a file, received a folder/);
  const output = path.join(folder, 'why');
  const explain = ['explain', good, path.join(folder, 'empty.jpg'), '--model', tinyModel, '--output', output];
  await refuses(t, 'IMAGE_EMPTY', explain, /0 bytes/);
  const crop = [...find(good), '--crop', '40,0,20,20'];
  await refuses(t, 'CROP_OUTSIDE', crop, /inside the upright picture of 48×40/);
  await refuses(t, 'IMAGE_TOO_SMALL', [...find(good), '--crop', '0,0,20,2'], /at least 8 pixels/);
});

test('pictures of every odd kind can be searched with', async (t) => {
  const { folder, catalog } = await oneCatalog(t);
  await writeOddAndBad(folder);
  for (const name of Object.keys(oddPictures)) {
    const file = path.join(folder, name);
    const { hits, query } = await json(t, ['search', file, '--catalog', catalog, '--model', tinyModel]);
    t.is(hits.length, 3, name);
    const turned = name === 'rotated.jpg';
    t.like(query, turned ? { width: 40, height: 48 } : { width: 48, height: 40 }, name);
  }
});

test('a folder of good, odd and bad pictures: the good and odd are indexed, each bad one is listed, exit code 6', async (t) => {
  const folder = temporaryFolder(t);
  const photos = path.join(folder, 'photos');
  await writeOddAndBad(photos);
  const catalog = path.join(folder, 'shop');
  const index = ['index', photos, '--catalog', catalog, '--model', tinyModel];
  const bad = Object.keys(badPictures).length;
  const odd = Object.keys(oddPictures).length;
  const outcome = await whymatch(index);
  t.is(outcome.exitCode, exitCodes.partial, outcome.stderr);
  t.regex(outcome.stdout, new RegExp(`${odd} {2}indexed`));
  t.regex(outcome.stdout, new RegExp(`${bad} {2}failed`));
  t.regex(outcome.stdout, /whymatch catalog failures --catalog/);

  const failures = await json(t, ['catalog', 'failures', '--catalog', catalog]);
  const codes = Object.fromEntries(
    failures.map(({ source, code }: { source: string; code: string }) => [path.basename(source), code]),
  );
  t.deepEqual(codes, Object.fromEntries(Object.entries(badPictures).map(([name, [code]]) => [name, code])));
  t.regex((await whymatch(['catalog', 'failures', '--catalog', catalog])).stdout, /IMAGE_EMPTY +1×/);

  const again = await whymatch([...index, '--json']);
  t.like(lastEvent(again.stdout), { event: 'summary', indexed: 0, unchanged: odd, failed: bad });

  writeFileSync(path.join(photos, 'empty.jpg'), await patches(60).jpeg().toBuffer());
  await whymatch(index);
  const left = await json(t, ['catalog', 'failures', '--catalog', catalog]);
  t.is(left.length, bad - 1, 'what was set right has left the list');
});

test('a source that is none is refused before a catalogue is made', async (t) => {
  const folder = temporaryFolder(t);
  const catalog = path.join(folder, 'shop');
  const index = (source: string) => ['index', path.join(folder, source), '--catalog', catalog];
  writeFileSync(path.join(folder, 'no-file.csv'), 'picture,price\na.jpg,3\n');
  writeFileSync(path.join(folder, 'empty.csv'), '');
  writeFileSync(path.join(folder, 'notes.doc'), 'a.jpg');
  await refuses(t, 'SOURCE_NOT_FOUND', index('nowhere'), /nothing at .*nowhere/);
  await refuses(
    t,
    'SOURCE_INVALID',
    index('no-file.csv'),
    /column "file" or "url", found the columns "picture", "price"/,
  );
  await refuses(t, 'SOURCE_INVALID', index('empty.csv'), /received an empty file/);
  await refuses(
    t,
    'SOURCE_INVALID',
    index('notes.doc'),
    /a folder of pictures, or a table .* or an archive .* or a list of URLs/,
  );
  await refuses(t, 'CATALOG_NOT_FOUND', ['catalog', 'info', '--catalog', catalog], /whymatch index SOURCE/);
});

test('rows of a CSV that cannot be used are listed with their lines, and the others are indexed', async (t) => {
  const folder = temporaryFolder(t);
  await writePictures(folder, 3);
  const rows = ['file,id,colour', '00.png,a,red', '01.png,a,blue', 'gone.png,b,', '02.png,c,green'];
  writeFileSync(path.join(folder, 'items.csv'), rows.join('\n'));
  const catalog = path.join(folder, 'shop');
  const outcome = await whymatch([
    'index',
    path.join(folder, 'items.csv'),
    '--catalog',
    catalog,
    '--model',
    tinyModel,
  ]);
  t.is(outcome.exitCode, exitCodes.partial);
  t.regex(outcome.stdout, /ITEM_DUPLICATE.*line 3: id "a" was used in line 2/);
  t.regex(outcome.stdout, /IMAGE_NOT_FOUND.*gone\.png/);
  t.like(await json(t, ['catalog', 'get', 'c', '--catalog', catalog]), {
    id: 'c',
    metadata: { colour: 'green' },
  });
});

test('models that cannot be used are refused, each with its reason', async (t) => {
  const { folder, catalog, good } = await oneCatalog(t);
  const file = (name: string, bytes: Uint8Array | string) => {
    writeFileSync(path.join(folder, name), bytes);
    return path.join(folder, name);
  };
  const noModel = file('letter.onnx', 'Dear sir or madam');
  const flat = file('flat.onnx', featureless());
  const find = (model: string) => ['search', good, '--catalog', catalog, '--model', model];
  await refuses(t, 'MODEL_INVALID', find(noModel), /letter\.onnx|ONNX model/);
  await refuses(t, 'MODEL_NO_FEATURES', ['model', 'add', flat], /spatial feature map/);
  await refuses(t, 'MODEL_NOT_FOUND', find('resnet18-v1-7'), /whymatch model pull resnet18-v1-7/);
  await refuses(t, 'MODEL_NOT_FOUND', find('whymatch-x'), /did you mean whymatch-s/);
  await refuses(t, 'MODEL_NOT_FOUND', find(path.join(folder, 'gone.onnx')), /gone\.onnx/);
});

test('a catalogue of another model says which, and how to go on', async (t) => {
  const { catalog, folder, good } = await oneCatalog(t);
  const find = ['search', good, '--catalog', catalog, '--model', otherModel];
  await refuses(
    t,
    'CATALOG_MODEL_MISMATCH',
    find,
    /another of that name.*whymatch catalog re-embed --catalog \S+ --model \S+ --output \S+/,
  );
  const index = ['index', path.dirname(good), '--catalog', catalog, '--model', otherModel];
  await refuses(t, 'CATALOG_MODEL_MISMATCH', index, /in a new folder: whymatch catalog re-embed/);
  // Its own model was given as a file, and is not installed: the name alone does not find it.
  const own = ['search', good, '--catalog', catalog];
  await refuses(t, 'MODEL_NOT_FOUND', own, /made with model "model".*--model FILE\.onnx.*whymatch model add/);
  const none = path.join(folder, 'elsewhere');
  mkdirSync(none);
  writeFileSync(path.join(none, 'holiday.jpg'), 'x');
  await refuses(t, 'CATALOG_INVALID', ['index', path.dirname(good), '--catalog', none], /holiday\.jpg/);
});

test('a catalogue of a newer format is refused', async (t) => {
  const { catalog, good } = await oneCatalog(t);
  const database = new Database(path.join(catalog, 'catalog.db'));
  database.pragma('user_version = 99');
  database.close();
  await refuses(
    t,
    'CATALOG_VERSION',
    ['search', good, '--catalog', catalog],
    /received format 99. Update whymatch/,
  );
  await refuses(t, 'CATALOG_VERSION', ['index', path.dirname(good), '--catalog', catalog], /format 99/);
});

test('an item that is not there, or whose picture has changed, is refused', async (t) => {
  const { catalog, good } = await oneCatalog(t);
  const model = ['--catalog', catalog, '--model', tinyModel];
  await refuses(
    t,
    'ITEM_NOT_FOUND',
    ['catalog', 'get', 'nope', '--catalog', catalog],
    /ids look like "00\.png"/,
  );
  await refuses(t, 'ITEM_NOT_FOUND', ['catalog', 'delete', 'nope', '--catalog', catalog], /no item "nope"/);
  await refuses(t, 'ITEM_NOT_FOUND', ['search', '--id', 'nope', ...model], /no item "nope"/);
  writeFileSync(good, await patches(99).png().toBuffer());
  await refuses(t, 'ITEM_CHANGED', ['search', '--id', '00.png', ...model], /has changed.*index it again/);
});

test('wrong arguments are usage errors that name the command’s help', async (t) => {
  const usage = (argv: readonly string[], sentence: RegExp) => refuses(t, 'USAGE', argv, sentence);
  await usage(['index', 'photos'], /'--catalog <dir>' not specified. See: whymatch index --help/);
  await usage(['serch'], /unknown command 'serch' \(Did you mean search\?\)/);
  await usage(['search', 'a.jpg', '--catalog', 'shop', '--exat'], /Did you mean --exact/);
  await usage(['search', 'a.jpg', '--catalog', 'shop', '-k', '0'], /whole number of 1 or more/);
  await usage(['search', 'a.jpg', '--catalog', 'shop', '--crop', '1,2,3'], /x,y,width,height/);
  await usage(['search', 'a.jpg', '--catalog', 'shop', '--method', 'magic'], /guided-match.*"magic" is none/);
  await usage(['search', 'a.jpg', '--catalog', 'shop', '--report', 'a.jpg'], /ends in \.html/);
  await usage(['explain', 'a.jpg', '--output', 'why'], /missing required argument 'hit'/);
  await usage(['catalog', 'info', 'shop', '--catalog', 'shop'], /too many arguments/);
  await usage(['model', 'add', 'm.onnx', '--mean', '1,2'], /three numbers/);
});

/** A model without a place in it: a matrix on the flattened picture. */
function featureless(): Uint8Array {
  return onnxFile({
    opset: 13,
    inputs: { image: [1, 3, 4, 4] },
    initializers: [floatTensor('matrix', tensor([48, 2], new Float32Array(96).fill(0.1)))],
    nodes: [onnxNode('Flatten', ['image'], ['flat']), onnxNode('MatMul', ['flat', 'matrix'], ['y'])],
  });
}
