// Embeddings as bytes: float32, little-endian, whatever the machine.
import { endianness } from 'node:os';

const swapped = endianness() === 'BE';

export function encodeEmbedding(embedding: Float32Array): Buffer {
  const bytes = Buffer.from(embedding.buffer, embedding.byteOffset, embedding.byteLength);
  return swapped ? Buffer.from(bytes).swap32() : bytes;
}

/** A view of the bytes where they are aligned, else a copy. */
export function decodeEmbedding(bytes: Buffer): Float32Array {
  const aligned = swapped || bytes.byteOffset % 4 !== 0 ? new Uint8Array(bytes) : bytes;
  if (swapped) Buffer.from(aligned.buffer, aligned.byteOffset, aligned.byteLength).swap32();
  return new Float32Array(aligned.buffer, aligned.byteOffset, aligned.byteLength / 4);
}
