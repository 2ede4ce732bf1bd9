import { type ReadonlySignal, useSignal } from '@preact/signals';

/** Copies a text; tells whether it was copied, once that was tried. There is no clipboard on pages without TLS, and in some apps' windows. */
export function useCopying(text: string): { copy: () => Promise<void>; copied: ReadonlySignal<boolean | null> } {
  const copied = useSignal<boolean | null>(null);
  const copy = async () => {
    const written = navigator.clipboard?.writeText(text).then(
      () => true,
      () => false,
    );
    copied.value = (await written) ?? false;
  };
  return { copy, copied };
}
