import { PeekabooError } from '@peekaboo/shared/errors';
import type { EditedHours } from '@peekaboo/shared/hours';
import { findHoursMistakes } from './admission/hours.ts';
import type { Ledger } from './audit/ledger.ts';
import type { Holds } from './holds.ts';
import type { Rooms } from './rooms.ts';
import type { Store } from './store/store.ts';

/**
 * Sets the hours of a room in place of the file's, or back to them (`hours: null`). Resolves once that is durable, in the store and
 * in the ledger, and every open view was admitted again: those outside are closed, and the SFUs know of any new end.
 * @throws PeekabooError BAD_MESSAGE for an unknown room, HOURS_INVALID with a sentence for each mistake, STORE_UNAVAILABLE: also when the ledger is not writable.
 */
export async function editHours(
  edit: EditedHours,
  { rooms, store, ledger, holds }: { rooms: Rooms; store: Store; ledger: Ledger; holds: Holds },
): Promise<void> {
  const room = rooms.get(edit.room);
  if (room?.nursery !== edit.nursery) throw new PeekabooError('BAD_MESSAGE', { fields: ['room: there is no such room'] });
  const mistakes = edit.hours ? findHoursMistakes(edit.hours, room.timeZone) : [];
  if (mistakes.length > 0) throw new PeekabooError('HOURS_INVALID', { fields: mistakes.slice(0, 10).map((each) => each.slice(0, 200)) });
  if (!ledger.writable) throw new PeekabooError('STORE_UNAVAILABLE');
  const revision = await store.setHours(edit);
  const told = ledger.recordDurably({ kind: 'hours.changed', actor: edit.by, room: edit.room, detail: { hours: edit.hours, revision } });
  await Promise.all([told, holds.load()]); // which reads the hours, too: they share the revision. No closing waits for the ledger
}
