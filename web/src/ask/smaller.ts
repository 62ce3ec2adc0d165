/** Photos of phones are larger than any search needs: a smaller one is on its way in a tenth of the time. */

/** Files up to so many bytes are sent as they are. */
const smallEnough = 2 ** 20;
/** Longest side in pixels: room for a part of the picture to be searched alone. */
const mostPixels = 1600;

const known = new WeakMap<Blob, Promise<Blob>>();

/** The picture as it is sent, always the same for the same file: places in it are in its pixels. */
export function smaller(file: Blob): Promise<Blob> {
  const made = known.get(file) ?? reduced(file).catch(() => file);
  known.set(file, made);
  return made;
}

/** Upright, as JPEG; the file itself where nothing is gained. Rejects for what the browser cannot read: the server may. */
async function reduced(file: Blob): Promise<Blob> {
  // Photos are JPEG; others may be transparent, and what stands behind them is the model's affair.
  if (file.size <= smallEnough || file.type !== 'image/jpeg') return file;
  const whole = await createImageBitmap(file);
  const scale = mostPixels / Math.max(whole.width, whole.height);
  try {
    if (scale >= 1) return file;
    const canvas = new OffscreenCanvas(Math.round(scale * whole.width), Math.round(scale * whole.height));
    const context = canvas.getContext('2d')!;
    context.imageSmoothingQuality = 'high';
    context.drawImage(whole, 0, 0, canvas.width, canvas.height);
    const small = await canvas.convertToBlob({ type: 'image/jpeg', quality: 0.9 });
    return small.size < file.size ? small : file;
  } finally {
    whole.close();
  }
}
