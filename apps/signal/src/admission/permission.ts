import type { Clock } from '@peekaboo/shared/clock';
import type { Pass } from '@peekaboo/shared/pass';
import type { Holds } from '../holds.ts';
import type { Rooms } from '../rooms.ts';
import type { SfuLinks } from '../sfu-links.ts';
import { type Admission, admit } from './admit.ts';

/** A view that is open was within the limit when it opened; that is not asked again. */
export const alreadyCounted = 0;

export type PermissionOptions = { rooms: Rooms; holds: Holds; sfuLinks: SfuLinks; viewsPerGuardian: number; clock: Clock };

/** Asks admission with all that is known at this moment. */
export class Permission {
  readonly #options: PermissionOptions;

  constructor(options: PermissionOptions) {
    this.#options = options;
  }

  /** @param openViews of this guardian, not counting one that is being asked again */
  of(pass: Pass, room: string, openViews: number): Admission {
    const { rooms, holds, sfuLinks, viewsPerGuardian, clock } = this.#options;
    return admit({
      pass,
      revoked: holds.revoked(pass),
      room: rooms.get(room),
      holds: holds.inForce?.concerning({ nursery: pass.nursery, guardian: pass.sub, pass: pass.jti }),
      cameras: sfuLinks.cameraStatesIn(room),
      openViews,
      maxViews: viewsPerGuardian,
      now: clock.now(),
    });
  }

  /** Until when this pass may watch the room. @throws PeekabooError when it may not. */
  require(pass: Pass, room: string, openViews: number): { validUntil: number } {
    const admission = this.of(pass, room, openViews);
    if (!admission.ok) throw admission.error;
    return admission;
  }
}
