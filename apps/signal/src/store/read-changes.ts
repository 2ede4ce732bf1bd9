import { type ChangedEntitlement, changedEntitlement } from '@peekaboo/shared/entitlement';

/**
 * Makes a reader of changes that are stored as "AT JSON": when it counts from, which may be later than when it was asked for, and the
 * entitlement. They are read at every cut and come to be thousands, so each is parsed once. One that cannot be read is not left out, it
 * throws: without it a pass of before would count again.
 */
export function changesReader(): (entries: readonly string[]) => ChangedEntitlement[] {
  let known = new Map<string, ChangedEntitlement>();
  return (entries) => {
    known = new Map(entries.map((entry) => [entry, known.get(entry) ?? parse(entry)]));
    return [...known.values()];
  };
}

function parse(entry: string): ChangedEntitlement {
  const space = entry.indexOf(' ');
  return changedEntitlement.parse({ at: Number(entry.slice(0, space)), entitlement: JSON.parse(entry.slice(space + 1)) });
}
