/** Embeddings of two models, or of two versions of one, cannot be compared. */
import type { EmbeddingSpace } from './embedder.ts';
import { AppError } from './errors.ts';
import { shellWord } from './shell-word.ts';

export function isSameSpace(a: EmbeddingSpace, b: EmbeddingSpace): boolean {
  return a.fingerprint === b.fingerprint && a.dimension === b.dimension;
}

/** CATALOG_MODEL_MISMATCH: which model the catalogue was made with, which one it was given, and the command that makes it anew. */
export function modelMismatch(directory: string, made: EmbeddingSpace, given: EmbeddingSpace): AppError {
  const name = ({ model, fingerprint, dimension }: EmbeddingSpace) =>
    `${model} (${fingerprint.slice(0, 12)}, ${dimension} values)`;
  const areNamesakes = made.model === given.model;
  const output = areNamesakes ? `${directory}-new` : `${directory}-${given.model}`;
  const anew = `whymatch catalog re-embed --catalog ${shellWord(directory)} --model ${shellWord(given.model)} --output ${shellWord(output)}`;
  return new AppError(
    'CATALOG_MODEL_MISMATCH',
    `expected a catalogue of model ${name(given)}, but ${directory} was made with ${
      areNamesakes
        ? `another of that name: ${name(made)}. Make`
        : `${name(made)}. Use --model ${made.model}, or make`
    } it anew in a new folder: ${anew}`,
    { details: { directory, expected: facts(given), found: facts(made) } },
  );
}

/** Without what else a model that is given has: its whole network, for one. */
function facts({ model, fingerprint, dimension }: EmbeddingSpace): EmbeddingSpace {
  return { model, fingerprint, dimension };
}
