/** A photo with the computer's camera. */
import { useEffect, useRef, useState } from 'preact/hooks';
import { useSpeech } from '../i18n/language.tsx';
import { Dialog } from '../ui/dialog.tsx';
import { Notice } from '../ui/notice.tsx';

export interface CameraDialogProps {
  readonly onPhoto: (photo: Blob) => void;
  readonly onClose: () => void;
}

export function CameraDialog({ onPhoto, onClose }: CameraDialogProps) {
  const { say } = useSpeech();
  const video = useRef<HTMLVideoElement>(null);
  const [state, setState] = useState<'opening' | 'ready' | 'failed'>('opening');
  useEffect(() => {
    let closed = false;
    let stream: MediaStream | undefined;
    const stop = () => stream?.getTracks().forEach((track) => track.stop());
    const open = async (): Promise<void> => {
      try {
        stream = await navigator.mediaDevices.getUserMedia({
          video: { facingMode: 'environment', width: { ideal: 1280 } },
        });
        if (closed) return stop();
        video.current!.srcObject = stream;
      } catch {
        setState('failed');
      }
    };
    void open();
    return () => {
      closed = true;
      stop();
    };
  }, []);
  return (
    <Dialog title={say('camera.title')} class="camera" onClose={onClose}>
      {state === 'failed' ? (
        <Notice title={say('camera.failed')} />
      ) : (
        <>
          <video
            ref={video}
            autoplay
            muted
            playsInline
            aria-label={say('camera.view')}
            // Until its first frame is there, there is nothing to take.
            onLoadedData={() => setState('ready')}
          />
          <button
            type="button"
            class="primary"
            disabled={state !== 'ready'}
            onClick={() => void photograph(video.current!).then(onPhoto)}
          >
            {say('camera.take')}
          </button>
        </>
      )}
    </Dialog>
  );
}

function photograph(video: HTMLVideoElement): Promise<Blob> {
  const canvas = document.createElement('canvas');
  canvas.width = video.videoWidth;
  canvas.height = video.videoHeight;
  canvas.getContext('2d')!.drawImage(video, 0, 0);
  return new Promise((resolve, reject) => {
    canvas.toBlob((photo) => (photo ? resolve(photo) : reject(new Error('no photo'))), 'image/jpeg', 0.92);
  });
}
