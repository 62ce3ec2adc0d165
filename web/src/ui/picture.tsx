/** An image of the server's. Where the server wants a key, which an <img> cannot send, it is fetched and shown as a blob. */
import { useEffect, useState } from 'preact/hooks';
import { key, pictureAddress } from '../api/client.ts';

export interface PictureProps {
  readonly src: string;
  readonly alt: string;
  readonly class?: string;
  readonly lazy?: boolean;
  readonly width?: number;
  readonly height?: number;
  readonly onShown?: () => void;
  readonly onMissing?: () => void;
}

export function Picture({ src, alt, lazy = false, onShown, onMissing, ...rest }: PictureProps) {
  const address = useAddress(src, onMissing);
  const [loaded, setLoaded] = useState('');
  return (
    <img
      {...rest}
      src={address}
      alt={alt}
      loading={lazy ? 'lazy' : 'eager'}
      decoding="async"
      data-loaded={address !== undefined && loaded === address}
      onLoad={() => {
        setLoaded(address ?? '');
        onShown?.();
      }}
      onError={onMissing}
      draggable={false}
    />
  );
}

function useAddress(src: string, onMissing: (() => void) | undefined): string | undefined {
  const direct = !src.startsWith('/') || !key();
  const [fetched, setFetched] = useState<string>();
  useEffect(() => {
    if (direct) return;
    let made: string | undefined;
    let wanted = true;
    const load = async (): Promise<void> => {
      try {
        made = await pictureAddress(src);
        if (wanted) setFetched(made);
        else URL.revokeObjectURL(made);
      } catch {
        onMissing?.();
      }
    };
    void load();
    return () => {
      wanted = false;
      setFetched(undefined);
      if (made) URL.revokeObjectURL(made);
    };
  }, [src, direct]);
  return direct ? src : fetched;
}
