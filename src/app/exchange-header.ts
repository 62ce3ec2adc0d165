// What the two exchange files, JSON lines and Parquet, say of themselves and of the model that their embeddings are of.

import { z } from 'zod';

export const format = 'whymatch-catalog';
export const version = 1;

export const headerSchema = z.object({
  format: z.literal(format),
  version: z.literal(version),
  model: z.string(),
  fingerprint: z.string(),
  dimension: z.int().positive(),
});
