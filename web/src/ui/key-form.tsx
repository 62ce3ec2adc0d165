/** Asks for the API key, where the server wants one. */
import { useEffect, useState } from 'preact/hooks';
import { key, onKeyRefused, setKey } from '../api/client.ts';
import { useSpeech } from '../i18n/language.tsx';
import { Notice } from './notice.tsx';

/** Has any request been refused for its key, or for want of one? */
export function useKeyRefused(): boolean {
  const [refused, setRefused] = useState(false);
  useEffect(() => onKeyRefused(() => setRefused(true)), []);
  return refused;
}

export function KeyForm() {
  const { say } = useSpeech();
  const use = (event: SubmitEvent): void => {
    event.preventDefault();
    const field = (event.currentTarget as HTMLFormElement).elements.namedItem('key');
    setKey((field as HTMLInputElement).value.trim());
    location.reload();
  };
  return (
    <Notice title={say('key.title')}>
      {key() !== null && (
        <p role="alert" class="warning">
          {say('key.wrong')}
        </p>
      )}
      <p>{say('key.help')}</p>
      <form class="row" onSubmit={use}>
        <label>
          {say('key.label')} <input name="key" type="password" autocomplete="off" required />
        </label>
        <button type="submit">{say('key.use')}</button>
      </form>
    </Notice>
  );
}
