/** What a process keeps of memory that nobody uses: V8 collects garbage when it needs room, and glibc holds on to what was freed. */
import { setImmediate } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/**
 * V8 collects garbage of a process anew when its heap has grown by a half, and counts pictures and tensors, which lie outside, as if
 * they were in it: three times a second under load, each for some 40 ms of processor time. This lets it grow to four times.
 */
export function collectLessOften(): void {
  setFlagsFromString('--heap-growing-percent=300');
}

/**
 * Of the thread that calls it: a thread at rest needs no room, so what was let go would stay for good. Twice, because buffers outlive the
 * first: V8 frees them in another thread, and waits for that before the next collection; Node.js frees those of native code a turn later.
 */
export async function collectGarbage(): Promise<void> {
  collect ??= exposedCollector();
  collect();
  await setImmediate();
  collect();
}

let collect: (() => void) | undefined;

/** The flag counts for contexts that are made after it. */
function exposedCollector(): () => void {
  setFlagsFromString('--expose-gc');
  return runInNewContext('gc') as () => void;
}

/**
 * Gives freed memory of the whole process back to the system. glibc keeps it in arenas, of which many threads have many, and returns
 * only their ends; malloc_trim(3) returns every free page. False where there is nothing to call: without glibc (macOS, Windows, Alpine), and
 * where koffi, an optional dependency, is not installed.
 */
export async function returnFreedMemory(): Promise<boolean> {
  trim ??= glibcTrim();
  const call = await trim;
  if (!call) return false;
  await call();
  return true;
}

let trim: Promise<(() => Promise<void>) | undefined> | undefined;

/** Runs in another thread: it takes tens of milliseconds. */
async function glibcTrim(): Promise<(() => Promise<void>) | undefined> {
  if (process.platform !== 'linux') return undefined;
  try {
    const { default: koffi } = await import('koffi');
    const malloc_trim = koffi.load('libc.so.6').func('int malloc_trim(size_t pad)');
    return () =>
      new Promise((resolve, reject) => {
        malloc_trim.async(0, (error: Error | null) => (error ? reject(error) : resolve()));
      });
  } catch {
    return undefined;
  }
}
