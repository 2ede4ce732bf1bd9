import type { Clock } from '@peekaboo/shared/clock';
import { type ErrorCode, PeekabooError } from '@peekaboo/shared/errors';
import type { Pass, Role } from '@peekaboo/shared/pass';
import { fingerprintOf } from '@peekaboo/shared/proof';
import { handshake } from '@peekaboo/shared/wire';
import type { Refusals } from '../audit/refusals.ts';
import { isOwnAddress } from './addresses.ts';
import type { Issued, PassDesk } from './pass-desk.ts';
import { ExpiredPassError, type VerifyPass } from './passes.ts';
import { athOf, verifyAnswerProof, verifyProof } from './proof.ts';
import type { ProofMemory } from './used-proofs.ts';

/** Who is at the other end of a connection: a pass as it was verified (`issued`), its hash, the key it is bound to, and the host under which they came. `before`: hash of the pass that it was renewed with. */
type Identified = { issued: Pass; ath: string; jkt: string; readonly host: string | undefined; before?: string };

export class Holder implements Identified {
  issued: Pass;
  ath: string;
  jkt: string;
  readonly host: string | undefined;
  before?: string;
  readonly #counting: (issued: Pass) => Pass;

  constructor({ issued, ath, jkt, host }: Identified, counting: (issued: Pass) => Pass) {
    this.issued = issued;
    this.ath = ath;
    this.jkt = jkt;
    this.host = host;
    this.#counting = counting;
  }

  /** The pass as it counts at this moment. */
  get pass(): Pass {
    return this.#counting(this.issued);
  }
}

export type DoorOptions = {
  /** The nursery that this signal serves. */
  nursery: string;
  publicUrls: readonly string[];
  verifyPass: VerifyPass;
  usedProofs: ProofMemory;
  passDesk: PassDesk;
  /** Undefined when it cannot be looked up. */
  revoked: (pass: Pass) => boolean | undefined;
  /** A pass as it counts at this moment, with what staff have changed since it was issued. */
  counting: (issued: Pass) => Pass;
  refusals: Refusals;
  clock: Clock;
};

/** Lets in whoever has a pass, and shows that it was made for them. */
export class Door {
  readonly #options: DoorOptions;

  constructor(options: DoorOptions) {
    this.#options = options;
  }

  /**
   * Admits a socket. Refusals of a genuine pass are in the ledger.
   * @param auth what the socket presents. `path` is its namespace, `host` the request's header.
   * @throws PeekabooError PASS_MISSING, PASS_INVALID, PASS_EXPIRED, PASS_UNBOUND, PROOF_…, ROLE_NOT_ALLOWED, PASS_REVOKED.
   */
  async admit({ auth, path, host, roles }: { auth: unknown; path: string; host: string | undefined; roles: Role[] }): Promise<Holder> {
    const { nursery, publicUrls, verifyPass, usedProofs, revoked, counting, refusals, clock } = this.#options;
    const presented = handshake.safeParse(auth);
    if (!presented.success) throw new PeekabooError('PASS_MISSING');
    const { pass: token, proof } = presented.data;
    const pass = await verifyPass(token, clock.now()).catch((error) => {
      throw error instanceof ExpiredPassError ? this.#refuse(error.pass, 'PASS_EXPIRED') : error;
    });
    const ath = athOf(token);
    return refusals.noting(subjectOf(pass), async () => {
      if (!pass.cnf) throw new PeekabooError('PASS_UNBOUND');
      const isHere = (url: URL) => isOwnAddress(url, host, publicUrls);
      const proven = await verifyProof(proof, { method: 'GET', path, isHere, ath, now: clock.now() });
      if (proven.jkt !== pass.cnf.jkt) throw new PeekabooError('PROOF_INVALID');
      if (!roles.includes(pass.role) || pass.nursery !== nursery) throw new PeekabooError('ROLE_NOT_ALLOWED');
      await usedProofs.use(proven, pass.role);
      // Unknown lets in: staff must be able to cut whatever has become of the store. No picture opens on it.
      if (revoked(pass)) throw new PeekabooError('PASS_REVOKED');
      if (counting(pass).exp * 1_000 <= clock.now()) throw new PeekabooError('PASS_EXPIRED');
      return new Holder({ issued: pass, ath, jkt: proven.jkt, host }, counting);
    });
  }

  /**
   * Gives the holder of a connection the next pass; what is asked from then on is asked with it.
   * @param request the proof, made for a POST to the namespace `path`.
   * @throws PeekabooError PROOF_…, DEVICE_UNKNOWN, PASS_REVOKED, PASS_EXPIRED, STORE_UNAVAILABLE.
   */
  async renew(holder: Holder, { proof, path }: { proof: string; path: string }): Promise<Issued> {
    const { publicUrls, usedProofs, passDesk, verifyPass, refusals, clock } = this.#options;
    return refusals.noting(subjectOf(holder.pass), async () => {
      const isHere = (url: URL) => isOwnAddress(url, holder.host, publicUrls);
      const proofOf = (ath: string) => verifyProof(proof, { method: 'POST', path, isHere, ath, now: clock.now() });
      let held = holder.ath;
      const proven = await proofOf(held).catch((error) => {
        if (holder.before === undefined || !(error instanceof PeekabooError) || error.code !== 'PROOF_INVALID') throw error;
        held = holder.before; // the last answer was lost on its way: the device has nothing newer
        return proofOf(held);
      });
      if (proven.jkt !== holder.jkt) throw new PeekabooError('PROOF_INVALID');
      await usedProofs.use(proven, holder.pass.role);
      const issued = await passDesk.renew(holder.jkt);
      const pass = await verifyPass(issued.pass, clock.now());
      // A device that was bound to somebody else meanwhile has to connect anew.
      if (pass.sub !== holder.pass.sub || pass.jti !== holder.pass.jti) throw new PeekabooError('PASS_INVALID');
      holder.issued = pass;
      holder.ath = athOf(issued.pass);
      holder.before = held;
      return issued;
    });
  }

  /**
   * Takes over another pass that the holder of a connection presents, as `admit` takes the first: of an SFU, whose passes are made by
   * whoever runs it. @throws PeekabooError as `admit`; ROLE_NOT_ALLOWED when it is not the same SFU's.
   */
  async present(holder: Holder, request: { auth: unknown; path: string }): Promise<void> {
    const { issued, ath, jkt } = await this.admit({ ...request, host: holder.host, roles: [holder.pass.role] });
    if (issued.sub !== holder.pass.sub) throw new PeekabooError('ROLE_NOT_ALLOWED');
    Object.assign(holder, { issued, ath, jkt });
  }

  /**
   * Checks that the holder's own device made this answer, and returns the fingerprint of its certificate.
   * @throws PeekabooError ANSWER_UNUSABLE, FINGERPRINT_UNPROVEN, PROOF_….
   */
  async proveAnswer({ ath, pass, jkt }: Holder, { view, sdp, proof }: { view: string; sdp: string; proof: string }): Promise<string> {
    const { usedProofs, clock } = this.#options;
    const fingerprint = fingerprintOf(sdp);
    if (fingerprint === undefined) throw new PeekabooError('ANSWER_UNUSABLE', { fields: ['the answer has no fingerprint, or several'] });
    const proven = await verifyAnswerProof(proof, { view, fingerprint, ath, jkt, now: clock.now() });
    await usedProofs.use(proven, pass.role);
    return fingerprint;
  }

  /** Somebody asks too much, or on too many connections. The ledger is to know. */
  busy({ pass }: Holder): PeekabooError {
    return this.#refuse(pass, 'BUSY');
  }

  #refuse(pass: Pass, code: ErrorCode): PeekabooError {
    this.#options.refusals.note({ ...subjectOf(pass), code });
    return new PeekabooError(code);
  }
}

/** Who holds a genuine pass and is refused, is in the ledger. */
function subjectOf({ sub, jti }: Pass) {
  return { kind: 'pass.refused', guardian: sub, pass: jti, room: null } as const;
}
