/** The native packages and the models, each tried alone: what fails must not hide the rest. */
import { messageOf } from '../../core/errors.ts';
import { defaultModel, findModel, listModels, type RegistryOptions } from '../../model/registry.ts';

export interface PartCheck {
  readonly name: string;
  readonly works: boolean;
  /** Versions and abilities, or what went wrong. */
  readonly detail: string;
}

export interface ModelCheck {
  readonly name: string;
  readonly file: string;
  readonly isDefault: boolean;
  /** Whether the file is there and has the checksum of its manifest. */
  readonly works: boolean;
  readonly problem?: string;
}

/** Imported here and not above, so that a package that does not load is a line of the report and not its end. */
export async function checkParts(): Promise<PartCheck[]> {
  return [
    await part('sharp', async () => {
      const { aboutImages } = await import('../../image/about.ts');
      const { sharp, libvips, formats } = await aboutImages();
      return `${sharp}, libvips ${libvips}: ${formats.join(', ')}`;
    }),
    await part('better-sqlite3', async () => {
      const { aboutDatabase } = await import('../../search/database.ts');
      const { version, sqlite } = aboutDatabase();
      return `${version}, SQLite ${sqlite}`;
    }),
    await part('hnswlib-node', async () => {
      const { aboutHnsw } = await import('../../search/hnsw.ts');
      return aboutHnsw().version;
    }),
  ];
}

async function part(name: string, describe: () => Promise<string>): Promise<PartCheck> {
  try {
    return { name, works: true, detail: await describe() };
  } catch (error) {
    return { name, works: false, detail: messageOf(error) };
  }
}

/** Every model that is installed, with its checksum. */
export async function checkModels(registry: RegistryOptions): Promise<ModelCheck[]> {
  const { models, broken } = await listModels(registry);
  const checks: ModelCheck[] = [];
  for (const { file, manifest } of models) {
    const about = { name: manifest.name, file, isDefault: manifest.name === defaultModel };
    try {
      await findModel(manifest.name, registry);
      checks.push({ ...about, works: true });
    } catch (error) {
      checks.push({ ...about, works: false, problem: messageOf(error) });
    }
  }
  for (const { manifestFile, problem } of broken)
    checks.push({ name: manifestFile, file: manifestFile, isDefault: false, works: false, problem });
  return checks;
}
