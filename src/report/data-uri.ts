/** Bytes as part of the page. */
export function dataUri(bytes: Uint8Array, type: 'image/webp'): string {
  return `data:${type};base64,${base64(bytes)}`;
}

export function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64');
}
