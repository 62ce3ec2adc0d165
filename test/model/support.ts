/** What the tests of the registry share: small ONNX files, folders that go away, and a server whose behaviour a test writes. */
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { ExecutionContext } from 'ava';
import { seededRandom } from '../../src/core/random.ts';
import { tensor } from '../../src/core/tensor.ts';
import type { ZooModel } from '../../src/model/zoo.ts';
import { imagenetInput } from '../../src/model/zoo.ts';
import { floatTensor, onnxFile, onnxNode } from '../support/onnx-file.ts';
import type { FileDim } from '../support/onnx-file.ts';
import { checkout } from '../support/checkout.ts';

export function temporaryFolder(t: ExecutionContext): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'whymatch-models-'));
  t.teardown(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** A network of the fixtures, 24×24 pixels in, 12 features at 10×10 places out. */
export const networkFile = checkout('test/fixtures/backward/plain-conv/model.onnx');

/** A classifier: convolution, ReLU ("maps"), mean, matrix ("scores"), softmax ("y"). Other seeds have other weights. */
export function classifierFile(seed = 1, size: readonly [FileDim, FileDim] = [8, 8]): Uint8Array {
  const random = seededRandom(seed);
  const weights = (dims: readonly number[]) =>
    tensor(
      dims,
      Float32Array.from({ length: dims.reduce((a, b) => a * b) }, () => random() - 0.5),
    );
  return onnxFile({
    opset: 13,
    inputs: { image: [1, 3, ...size] },
    initializers: [floatTensor('kernel', weights([4, 3, 3, 3])), floatTensor('matrix', weights([4, 5]))],
    nodes: [
      onnxNode('Conv', ['image', 'kernel'], ['sums'], { pads: [1, 1, 1, 1] }),
      onnxNode('Relu', ['sums'], ['maps']),
      onnxNode('GlobalAveragePool', ['maps'], ['pooled']),
      onnxNode('Flatten', ['pooled'], ['flat']),
      onnxNode('MatMul', ['flat', 'matrix'], ['scores']),
      onnxNode('Softmax', ['scores'], ['y'], { axis: 1 }),
    ],
  });
}

export function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** The entry that a table of known models would have for a file. */
export function entryFor(name: string, bytes: Uint8Array, sources: readonly string[]): ZooModel {
  return {
    name,
    bytes: bytes.length,
    sha256: sha256(bytes),
    description: 'made for a test',
    input: { ...imagenetInput, width: 8, height: 8, channels: 'bgr' },
    licence: 'MIT',
    provenance: 'a test',
    sources,
  };
}

export interface TestServer {
  /** http://127.0.0.1:PORT */
  readonly url: string;
  /** The Range header of every request so far. */
  readonly ranges: (string | undefined)[];
}

type Listener = (request: IncomingMessage, response: ServerResponse) => void | Promise<void>;

/** An HTTP server on loopback that ends with the test. */
export async function serve(t: ExecutionContext, listener: Listener): Promise<TestServer> {
  const ranges: (string | undefined)[] = [];
  const server = createServer((request, response) => {
    ranges.push(request.headers.range);
    void Promise.resolve(listener(request, response));
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  t.teardown(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, ranges };
}

/** Answers as a file server does, whole or from the byte that the Range header names on. `cutAfter`: breaks the connection after as many bytes. */
export function sendFile(
  request: IncomingMessage,
  response: ServerResponse,
  bytes: Uint8Array,
  { cutAfter, ranges = true }: { readonly cutAfter?: number; readonly ranges?: boolean } = {},
): void {
  const start = ranges ? Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? 0) : 0;
  const range = { 'content-range': `bytes ${start}-${bytes.length - 1}/${bytes.length}` };
  response.writeHead(start > 0 ? 206 : 200, {
    'content-type': 'application/octet-stream',
    'content-length': bytes.length - start,
    ...(start > 0 ? range : {}),
  });
  if (cutAfter === undefined) response.end(bytes.subarray(start));
  else
    response.write(bytes.subarray(start, start + cutAfter), () => setTimeout(() => response.destroy(), 30));
}
