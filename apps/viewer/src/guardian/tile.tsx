import { effect, type ReadonlySignal } from '@preact/signals';
import { useLayoutEffect, useRef } from 'preact/hooks';
import { guardianWords } from '../ui/guardian-words.ts';
import type { Camera } from './camera.ts';
import { watchMotion } from './motion.ts';

type TileProps = { camera: Camera; label: string; named: boolean; audible: ReadonlySignal<boolean> };

/** One camera's picture; covered whenever its frames have stopped. */
export function Tile({ camera, label, named, audible }: TileProps) {
  const element = useRef<HTMLVideoElement>(null);
  useLayoutEffect(() => (element.current ? play(element.current, camera, audible) : undefined), [camera]);
  const motion = camera.motion.value;
  return (
    <figure class={`tile is-${motion}`} data-camera={camera.id}>
      <video ref={element} autoplay muted playsInline disablePictureInPicture aria-label={label} />
      {motion === 'stopped' && <p class="tile-cover">{guardianWords.pictureStopped}</p>}
      {motion === 'blocked' && (
        <button type="button" class="tile-cover" data-action="play" onClick={() => void element.current?.play()}>
          {guardianWords.tapToPlay}
        </button>
      )}
      {named && <figcaption>{camera.id}</figcaption>}
    </figure>
  );
}

/** Plays the camera in this element until the returned function is called. */
function play(video: HTMLVideoElement, camera: Camera, audible: ReadonlySignal<boolean>): () => void {
  // As properties too: iOS lets a picture start by itself only when it is muted before it has a source.
  video.muted = true;
  video.playsInline = true;
  const stopMotion = watchMotion(video, camera.framesDecoded, (motion) => {
    camera.motion.value = motion;
  });
  const start = () => {
    if (!camera.stream.peek() || document.hidden) return;
    video.play().catch((error: unknown) => {
      if (error instanceof DOMException && error.name === 'NotAllowedError') camera.motion.value = 'blocked';
    });
  };
  const stopSource = effect(() => {
    video.srcObject = camera.stream.value;
    start();
  });
  // Phones pause a picture on their own, on a call or in the background, and do not always start it again.
  video.addEventListener('pause', start);
  document.addEventListener('visibilitychange', start);
  const stopSound = effect(() => {
    video.muted = !audible.value;
  });
  return () => {
    stopMotion();
    stopSource();
    stopSound();
    video.removeEventListener('pause', start);
    document.removeEventListener('visibilitychange', start);
    video.srcObject = null;
  };
}
