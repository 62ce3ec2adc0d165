import test from 'ava';
import { createOrtEngine } from '../../src/model/ort.ts';
import { engineContract } from './engine-contract.ts';

engineContract('ort', createOrtEngine);

test('the description names the runtime, the device and the threads', (t) => {
  t.regex(createOrtEngine({ threads: 1 }).description, /^onnxruntime \d+\.\d+\.\d+, cpu, 1 thread$/);
  t.regex(createOrtEngine({ threads: 3 }).description, /, 3 threads$/);
});
