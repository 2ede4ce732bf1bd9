import type { Clock } from '@peekaboo/shared/clock';
import type { Pass } from '@peekaboo/shared/pass';
import type { Holds } from '../holds.ts';
import type { Rooms } from '../rooms.ts';
import type { SfuLinks } from '../sfu-links.ts';
import { type Admission, admit } from './admit.ts';

/** A view that is open was within the limit when it opened; that is not asked again. */
export const alreadyCounted = 0;

/** A pass, and the key that was proven on its connection. */
type Asker = { readonly pass: Pass; readonly provenKey: string };

export type PermissionOptions = { rooms: Rooms; holds: Holds; sfuLinks: SfuLinks; viewsPerGuardian: number; clock: Clock };

/** Asks admission with all that is known at this moment. */
export class Permission {
  readonly #options: PermissionOptions;

  constructor(options: PermissionOptions) {
    this.#options = options;
  }

  /** @param openViews of this guardian, not counting one that is being asked again */
  of({ pass, provenKey }: Asker, room: string, openViews: number): Admission {
    const { rooms, holds, sfuLinks, viewsPerGuardian, clock } = this.#options;
    return admit({
      pass,
      provenKey,
      revoked: holds.revoked(pass),
      room: rooms.get(room),
      holds: holds.inForce?.concerning({ nursery: pass.nursery, guardian: pass.sub, pass: pass.jti }),
      cameras: sfuLinks.cameraStatesIn(room),
      openViews,
      maxViews: viewsPerGuardian,
      now: clock.now(),
    });
  }

  /** Until when they may watch the room. @throws PeekabooError when they may not. */
  require(asker: Asker, room: string, openViews: number): { validUntil: number } {
    const admission = this.of(asker, room, openViews);
    if (!admission.ok) throw admission.error;
    return admission;
  }
}
