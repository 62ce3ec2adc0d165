/** A catalogue and the threads that compute for it, opened together. */
import { readCatalog, withAdvice } from '../app/open.ts';
import type { Catalog } from '../search/catalog.ts';
import type { ModelChoice } from './compute/network.ts';
import { type NetworkThread, openNetworkThread } from './compute/network-thread.ts';
import { openStudioThread, type StudioThread } from './compute/studio-thread.ts';

export interface OpenedService {
  readonly catalog: Catalog;
  readonly network: NetworkThread;
  readonly studio: StudioThread;
  close(): Promise<void>;
}

/** What a server is given; `model` is the catalogue's own when absent. Throws the CATALOG_ codes, and those of loadModel. */
export async function openService(
  directory: string,
  { model, ...options }: Partial<ModelChoice> = {},
): Promise<OpenedService> {
  const known = readCatalog(directory);
  const { space } = known;
  known.close();
  const open = () => openNetworkThread({ ...options, model: model ?? space.model });
  const network = await (model === undefined ? withAdvice(directory, space.model, open) : open());
  try {
    const catalog = readCatalog(directory, network);
    const studio = openStudioThread();
    const close = async () => {
      catalog.close();
      await Promise.all([network.close(), studio.close()]);
    };
    return { catalog, network, studio, close };
  } catch (error) {
    await network.close();
    throw error;
  }
}
