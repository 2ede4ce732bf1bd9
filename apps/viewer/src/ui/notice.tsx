import type { ComponentChildren } from 'preact';
import type { Saying } from './words.ts';

/** A page, or a part of it, that has only something to say. `state` is a hook for tests. */
export function Notice({ saying, state, children }: { saying: Saying; state: string; children?: ComponentChildren }) {
  return (
    <section class="notice" data-state={state} role="status">
      <h2>{saying.title}</h2>
      <p>{saying.text}</p>
      {children}
    </section>
  );
}
