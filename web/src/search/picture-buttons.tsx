/** "Choose a photo" and "Take a photo". */
import { useRef, useState } from 'preact/hooks';
import { useSpeech } from '../i18n/language.tsx';
import { Icon } from '../ui/icon.tsx';
import { CameraDialog } from './camera-dialog.tsx';

export interface PictureButtonsProps {
  readonly onFile: (file: Blob) => void;
  /** Where something else on the page matters more. */
  readonly quiet?: boolean;
}

export function PictureButtons({ onFile, quiet = false }: PictureButtonsProps) {
  const { say } = useSpeech();
  const chooser = useRef<HTMLInputElement>(null);
  const capture = useRef<HTMLInputElement>(null);
  const [camera, setCamera] = useState(false);
  const chosen = (event: Event): void => {
    const input = event.currentTarget as HTMLInputElement;
    const file = input.files?.[0];
    // The same file can be chosen again.
    input.value = '';
    if (file) onFile(file);
  };
  // A phone's own camera app is better than a video in a page; in a page a camera needs HTTPS or localhost.
  const inPage = matchMedia('(pointer: fine)').matches && navigator.mediaDevices !== undefined;
  return (
    <div class="row">
      <button type="button" class={quiet ? 'small' : 'primary'} onClick={() => chooser.current!.click()}>
        <Icon name="picture" />
        {say('start.choose')}
      </button>
      <button
        type="button"
        class={quiet ? 'small' : ''}
        onClick={() => (inPage ? setCamera(true) : capture.current!.click())}
      >
        <Icon name="camera" />
        {say('start.camera')}
      </button>
      <input ref={chooser} type="file" accept="image/*" hidden onChange={chosen} data-testid="file" />
      <input ref={capture} type="file" accept="image/*" capture="environment" hidden onChange={chosen} />
      {camera && (
        <CameraDialog
          onClose={() => setCamera(false)}
          onPhoto={(photo) => {
            setCamera(false);
            onFile(photo);
          }}
        />
      )}
    </div>
  );
}
