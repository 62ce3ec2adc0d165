/** What is refused before anything is decoded. */
export interface PictureLimits {
  /** Width · height; 100 megapixels when absent. */
  readonly maxPixels?: number;
  /** Size of the file; 64 MiB when absent. */
  readonly maxBytes?: number;
}

export const defaultPictureLimits: Required<PictureLimits> = {
  maxPixels: 100_000_000,
  maxBytes: 64 * 1024 * 1024,
};

/** The shortest side, in pixels, of a picture or a crop: below it there is nothing to recognise or to explain. */
export const minPictureSide = 8;
