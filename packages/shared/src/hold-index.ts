import { type Hold, type Scope, scopeCovers, scopeCoversRoom, type ViewSubject } from './hold.ts';

/** Whom a pass speaks for; an SFU's for no person. */
type Holder = { nursery: string; guardian?: string; pass: string };

/**
 * Holds in force, found by whom they concern. Revocations stay for good and come to be thousands; a view is compared with those of
 * its own guardian and pass, and with the few that close rooms.
 */
export class HoldIndex {
  readonly #personal = new Map<string, Hold[]>();
  readonly #general: Hold[] = [];
  readonly #revocations: Hold[] = [];
  readonly #liftable: Hold[] = [];

  /** @param holds one that is named twice, by its id, counts once. */
  constructor(holds: Iterable<Hold>) {
    for (const hold of new Map([...holds].map((each) => [each.id, each])).values()) {
      (hold.final ? this.#revocations : this.#liftable).push(hold);
      this.#listOf(hold).push(hold);
    }
  }

  /** Those that a lift can end, in the order of the set. */
  get liftable(): readonly Hold[] {
    return this.#liftable;
  }

  get revocations(): readonly Hold[] {
    return this.#revocations;
  }

  /** Those on rooms, nurseries and everything: whoever watches. */
  get general(): readonly Hold[] {
    return this.#general;
  }

  /** Those that can cover a view of this person: every general one, and the person's own. */
  concerning(holder: Holder): readonly Hold[] {
    return [...this.#general, ...this.#own(holder)];
  }

  covering(view: ViewSubject): readonly Hold[] {
    return this.concerning(view).filter(({ scope }) => scopeCovers(scope, view));
  }

  coversRoom(room: { nursery: string; room: string }): boolean {
    return this.#general.some(({ scope }) => scopeCoversRoom(scope, room));
  }

  /** Whether this person or this pass was revoked. */
  revokes(holder: Holder): boolean {
    return this.#own(holder).some(({ final }) => final);
  }

  #listOf(hold: Hold): Hold[] {
    const key = keyOf(hold);
    if (key === undefined) return this.#general;
    const known = this.#personal.get(key) ?? [];
    this.#personal.set(key, known);
    return known;
  }

  #own({ nursery, guardian, pass }: Holder): readonly Hold[] {
    const scopes: Scope[] = [{ kind: 'pass', nursery, pass }];
    if (guardian !== undefined) scopes.push({ kind: 'guardian', nursery, guardian });
    return scopes.flatMap((scope) => this.#personal.get(keyOf({ scope }) ?? '') ?? []);
  }
}

/** Undefined for a hold that is not on one person. Ids and slugs hold no spaces. */
function keyOf({ scope }: Pick<Hold, 'scope'>): string | undefined {
  switch (scope.kind) {
    case 'guardian':
      return `guardian ${scope.nursery} ${scope.guardian}`;
    case 'pass':
      return `pass ${scope.nursery} ${scope.pass}`;
    case 'all':
    case 'nursery':
    case 'room':
      return undefined;
    default:
      return scope satisfies never;
  }
}
