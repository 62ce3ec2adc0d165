/** How a picture becomes the tensor that a model was trained on. Part of a model's manifest. */
export interface InputSpec {
  /** Size of the tensor in pixels. */
  readonly width: number;
  readonly height: number;
  /** Order of the tensor's channels. */
  readonly channels: 'rgb' | 'bgr';
  /** contain: whole picture, bars of `background`; cover: fill and cut the centre; fill: stretch. */
  readonly fit: 'contain' | 'cover' | 'fill';
  /** Red, green, blue, 0 to 255: the bars of `contain`, and what shows through transparent pixels. */
  readonly background: readonly [number, number, number];
  /** tensor = (value · scale - mean) / std, value 0 to 255; mean and std in the order of `channels`. */
  readonly scale: number;
  readonly mean: readonly [number, number, number];
  readonly std: readonly [number, number, number];
}
