/** What to install for a GPU, for somebody who has never done it. */
import type { EngineCheck } from '../app/doctor/engines.ts';
import type { System } from '../app/doctor/system.ts';

/** Lines of text. */
export function gpuAdvice(
  system: Pick<System, 'platform' | 'arch' | 'gpus'>,
  engines: readonly Pick<EngineCheck, 'name' | 'starts'>[],
): string[] {
  const runs = (name: string) => engines.some((engine) => engine.name === name && engine.starts);
  if (runs('ort:cuda'))
    return ['For the GPU: add --device cuda to a command, or set WHYMATCH_ENGINE=ort:cuda.'];
  if (runs('tfjs:node-gpu'))
    return ['For the GPU: add --backend node-gpu to a command, or set WHYMATCH_ENGINE=tfjs:node-gpu.'];
  if (system.platform !== 'linux' || system.arch !== 'x64')
    return ['For a GPU: whymatch uses NVIDIA cards, on Linux x64 alone. Everything works without one.'];
  const install = 'node_modules/onnxruntime-node/script/install.js';
  return [
    'For a GPU (an NVIDIA card; everything works without one):',
    system.gpus
      ? '  1. The card and its driver are there.'
      : '  1. Install the driver of the card, until `nvidia-smi` prints its name.',
    '  2. Install CUDA 12 and cuDNN 9 from NVIDIA’s packages, until `ldconfig -p` lists libcudart.so.12 and libcudnn.so.9.',
    '  3. Fetch onnxruntime’s CUDA files (some 300 MB), where whymatch is installed:',
    `       node ${install} --onnxruntime-node-install`,
    '  4. Run `whymatch doctor` again: ort:cuda should be ok. Then add --device cuda to a command.',
    'Or, with Node 22 or older, by TensorFlow.js: npm install @tensorflow/tfjs-node-gpu, then --backend node-gpu. See docs/engines.md.',
  ];
}
