/** New pictures for the catalogue, one after the other, each with its progress and what became of it. */
import { useRef, useState } from 'preact/hooks';
import type { Problem } from '../api/client.ts';
import { putItem } from '../api/client.ts';
import { useSpeech } from '../i18n/language.tsx';
import { Icon } from '../ui/icon.tsx';
import { headingOf } from '../ui/notice.tsx';
import { asProblem } from '../ui/use-load.ts';

export interface UploadPanelProps {
  readonly onChanged: () => void;
  readonly onFind: (id: string) => void;
}

interface Upload {
  readonly id: string;
  readonly file: File;
  /** 0 to 1. */
  readonly progress: number;
  readonly state: 'waiting' | 'sending' | 'added' | 'failed';
  readonly problem?: Problem;
}

export function UploadPanel({ onChanged, onFind }: UploadPanelProps) {
  const { say, count } = useSpeech();
  const form = useRef<HTMLFormElement>(null);
  const chooser = useRef<HTMLInputElement>(null);
  const [uploads, setUploads] = useState<readonly Upload[]>([]);
  const [over, setOver] = useState(false);

  const send = async (files: readonly File[]): Promise<void> => {
    const fields = new FormData(form.current!);
    const added = files.map((file): Upload => ({ id: idOf(file), file, progress: 0, state: 'waiting' }));
    const update = (id: string, change: Partial<Upload>) =>
      setUploads((all) => all.map((upload) => (upload.id === id ? { ...upload, ...change } : upload)));
    setUploads((all) => [...added, ...all.filter(({ id }) => added.every((other) => other.id !== id))]);
    for (const { id, file } of added) {
      update(id, { state: 'sending' });
      try {
        await putItem(id, bodyOf(file, fields), (progress) => update(id, { progress }));
        update(id, { state: 'added', progress: 1 });
      } catch (error) {
        update(id, { state: 'failed', problem: asProblem(error) });
      }
    }
    onChanged();
  };

  const done = uploads.filter(({ state }) => state === 'added').length;
  return (
    <section
      class={over ? 'upload over' : 'upload'}
      aria-labelledby="upload-title"
      onDragOver={(event) => {
        event.preventDefault();
        setOver(true);
      }}
      onDragLeave={() => setOver(false)}
      onDrop={(event) => {
        event.preventDefault();
        setOver(false);
        void send([...(event.dataTransfer?.files ?? [])]);
      }}
    >
      <h2 id="upload-title">{say('catalogue.add')}</h2>
      <form ref={form} class="upload-form" onSubmit={(event) => event.preventDefault()}>
        {(['title', 'category', 'productId'] as const).map((name) => (
          <label key={name}>
            {say(fieldWords[name])}
            <input name={name} type="text" maxLength={200} autocomplete="off" />
          </label>
        ))}
      </form>
      <p class="row">
        <button type="button" class="primary" onClick={() => chooser.current!.click()}>
          <Icon name="plus" />
          {say('catalogue.choose')}
        </button>
        <span class="soft by-mouse">{say('catalogue.drop')}</span>
        <input
          ref={chooser}
          type="file"
          accept="image/*"
          multiple
          hidden
          data-testid="upload"
          onChange={({ currentTarget }) => {
            const files = [...(currentTarget.files ?? [])];
            currentTarget.value = '';
            void send(files);
          }}
        />
      </p>
      <p role="status" class="hidden">
        {done > 0 && count('catalogue.addedCount', done)}
      </p>
      <ul class="uploads">
        {uploads.map((upload) => (
          <UploadRow key={upload.id} upload={upload} onFind={onFind} />
        ))}
      </ul>
    </section>
  );
}

const fieldWords = {
  title: 'catalogue.titleField',
  category: 'catalogue.category',
  productId: 'catalogue.product',
} as const;

function UploadRow({ upload, onFind }: { readonly upload: Upload; readonly onFind: (id: string) => void }) {
  const speech = useSpeech();
  const { say } = speech;
  const { id, file, state, progress, problem } = upload;
  return (
    <li>
      <span class="upload-name">{file.name}</span>
      {state === 'sending' && (
        <progress max={1} value={progress} aria-label={say('catalogue.uploading', { name: file.name })} />
      )}
      {state === 'waiting' && <span class="soft">{say('catalogue.waiting')}</span>}
      {state === 'sending' && progress === 1 && <span class="soft">{say('catalogue.indexing')}</span>}
      {state === 'added' && (
        <>
          <span class="good">✓ {say('catalogue.added')}</span>
          <button
            type="button"
            class="small"
            aria-label={say('catalogue.findOf', { name: file.name })}
            onClick={() => onFind(id)}
          >
            {say('catalogue.find')}
          </button>
        </>
      )}
      {problem && (
        <span class="warning" role="alert">
          {headingOf(problem, speech)}: {problem.message} <span class="code">{problem.code}</span>
        </span>
      )}
    </li>
  );
}

/** The same file again is the same item; two files of one name are two. */
const idOf = ({ name, lastModified }: File): string => `uploads/${lastModified.toString(36)}/${name}`;

function bodyOf(file: File, fields: FormData): FormData {
  const text = (name: string): string => ((fields.get(name) ?? '') as string).trim();
  const metadata = Object.fromEntries(
    ['title', 'category'].map((name) => [name, text(name)]).filter(([, value]) => value),
  );
  const body = new FormData();
  body.set('image', file, file.name);
  body.set('metadata', JSON.stringify(metadata));
  if (text('productId')) body.set('productId', text('productId'));
  return body;
}
