import type { Signal } from '@preact/signals';
import { guardianWords } from '../ui/guardian-words.ts';
import type { Camera } from './camera.ts';

/** Pictures start without sound, as phones demand; this turns it on, and off again. */
export function SoundButton({ cameras, audible }: { cameras: readonly Camera[]; audible: Signal<boolean> }) {
  if (!cameras.some(({ hasSound }) => hasSound.value)) return null;
  return (
    <button
      type="button"
      class="sound"
      data-action="sound"
      onClick={() => {
        audible.value = !audible.peek();
      }}
    >
      {audible.value ? guardianWords.mute : guardianWords.listen}
    </button>
  );
}
