/**
 * whymatch-s at half its side, 112 px: the same weights in a quarter of the time, for tests of what stands around a model. What is said of
 * the model itself is tested with the one that is shipped.
 */
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fromBinary, toBinary } from '@bufbuild/protobuf';
import type { ModelManifest } from '../../src/model/manifest.ts';
import { ModelProtoSchema } from '../../src/model/onnx/gen/onnx_pb.ts';
import { checkout } from './checkout.ts';

const side = 112;
let written: string | undefined;

/** The path of its manifest, for loadModel and --model; in a folder that is gone with the process. */
export function quickModel(): string {
  written ??= write();
  return written;
}

function write(): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'whymatch-quick-'));
  process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
  const shipped = checkout('data/models/whymatch-s');
  const bytes = withOpenSize(readFileSync(`${shipped}.onnx`));
  writeFileSync(path.join(folder, 'quick.onnx'), bytes);
  const manifest = JSON.parse(readFileSync(`${shipped}.json`, 'utf8')) as ModelManifest;
  const quick: ModelManifest = {
    ...manifest,
    name: 'quick',
    file: 'quick.onnx',
    sha256: createHash('sha256').update(bytes).digest('hex'),
    bytes: bytes.length,
    input: { ...manifest.input, width: side, height: side },
  };
  const file = path.join(folder, 'quick.json');
  writeFileSync(file, JSON.stringify(quick));
  return file;
}

/** The file without the sizes of what goes in and comes out: the manifest's then hold. */
function withOpenSize(bytes: Uint8Array): Uint8Array {
  const model = fromBinary(ModelProtoSchema, bytes);
  for (const { type } of [...model.graph!.input, ...model.graph!.output]) {
    if (type?.value.case !== 'tensorType') continue;
    for (const { value } of type.value.value.shape?.dim.slice(2) ?? []) {
      if (value.case === 'dimValue') value.value = 0n;
    }
  }
  return toBinary(ModelProtoSchema, model);
}
