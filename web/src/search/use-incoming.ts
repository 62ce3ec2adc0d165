/** Pictures that are dropped or pasted anywhere on the page, as files or as the address of one. */
import { useLayoutEffect, useState } from 'preact/hooks';
import type { PictureSource } from '../ask/ask.ts';

/** `receive` gets undefined for what is no picture. Returns whether something is held over the page right now. */
export function useIncoming(receive: (source: PictureSource | undefined) => void): boolean {
  const [over, setOver] = useState(false);
  // As soon as the page is there: what is pasted before the next frame counts, too.
  useLayoutEffect(() => {
    const dragging = (event: DragEvent) => {
      event.preventDefault();
      setOver(true);
    };
    // Entering a child leaves its parent: only leaving the window counts.
    const left = (event: DragEvent) => event.relatedTarget === null && setOver(false);
    const dropped = (event: DragEvent) => {
      event.preventDefault();
      setOver(false);
      if (event.dataTransfer) receive(sourceOf(event.dataTransfer));
    };
    const pasted = (event: ClipboardEvent) => {
      if (event.target instanceof HTMLInputElement || !event.clipboardData) return;
      receive(sourceOf(event.clipboardData));
    };
    const stop = new AbortController();
    const { signal } = stop;
    document.addEventListener('dragover', dragging, { signal });
    document.addEventListener('dragleave', left, { signal });
    document.addEventListener('drop', dropped, { signal });
    document.addEventListener('paste', pasted, { signal });
    return () => stop.abort();
  }, [receive]);
  return over;
}

function sourceOf(data: DataTransfer): PictureSource | undefined {
  const file = [...data.files].find(({ type }) => type.startsWith('image/') || type === '');
  if (file) return { kind: 'file', file };
  const text = (data.getData('text/uri-list') || data.getData('text/plain')).trim();
  return /^https?:\/\/\S+$/i.test(text) ? { kind: 'url', url: text } : undefined;
}
