import { z } from 'zod';

/** Names chosen by the nursery in its YAML: short, lower case, safe in a URL, a log line and a file name. */
export const slug = z.string().regex(/^[a-z0-9][a-z0-9-]{0,47}$/, 'use 1-48 lower-case letters, digits and hyphens');

/** Ids made by Peekaboo: a one-letter kind and 96 random bits. They say nothing about the person or the room. */
export const opaqueId = z.string().regex(/^[a-z]_[A-Za-z0-9_-]{16}$/, 'not an id of this system');

const prefixes = { view: 'v', hold: 'h', pass: 'p', guardian: 'g', staff: 's', receipt: 'r' } as const;

/** Makes an unguessable id, such as `v_kJ3vUq0aYw8ZcB1x` for a view. Runs in Node and in browsers. */
export function newId(kind: keyof typeof prefixes): string {
  const bytes = crypto.getRandomValues(new Uint8Array(12));
  const base64 = btoa(String.fromCharCode(...bytes));
  return `${prefixes[kind]}_${base64.replaceAll('+', '-').replaceAll('/', '_')}`;
}
