/** A modal dialog. The browser's own: it holds the focus, closes with Escape, and gives the focus back to what opened it. */
import type { ComponentChildren } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { useSpeech } from '../i18n/language.tsx';
import { Icon } from './icon.tsx';

export interface DialogProps {
  readonly title: string;
  readonly class?: string;
  /** Beside the title. */
  readonly head?: ComponentChildren;
  readonly onClose: () => void;
  readonly onKeyDown?: (event: KeyboardEvent) => void;
  readonly children: ComponentChildren;
}

export function Dialog({ title, class: name = '', head, onClose, onKeyDown, children }: DialogProps) {
  const { say } = useSpeech();
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    const element = dialog.current!;
    // The page behind must not move when its scrollbar goes.
    const page = document.documentElement;
    page.style.setProperty('--scrollbar', `${innerWidth - page.getBoundingClientRect().width}px`);
    element.showModal();
    return () => element.close();
  }, []);
  return (
    <dialog
      ref={dialog}
      class={`dialog ${name}`}
      aria-labelledby="dialog-title"
      onClose={onClose}
      onKeyDown={onKeyDown}
      onClick={(event) => event.target === dialog.current && dialog.current?.close()}
    >
      <div class="sheet">
        <header class="dialog-head">
          <h2 id="dialog-title">{title}</h2>
          {head}
          <button
            type="button"
            class="plain icon-only"
            aria-label={say('close')}
            onClick={() => dialog.current!.close()}
          >
            <Icon name="close" />
          </button>
        </header>
        {children}
      </div>
    </dialog>
  );
}
