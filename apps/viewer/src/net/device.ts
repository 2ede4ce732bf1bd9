import { type DeviceKey, makeDeviceKey } from '@peekaboo/shared/device-key';
import { errorCatalogue, PeekabooError } from '@peekaboo/shared/errors';
import { askForPass } from '@peekaboo/shared/pass-exchange';
import { fingerprintOf, makeAnswerProof, makeHandshake, makeProof } from '@peekaboo/shared/proof';
import type { IssuedPass } from '@peekaboo/shared/wire';
import type { Secret } from './fragment.ts';
import { keyBox } from './key-box.ts';

const replyWithinMs = 8_000;
/** A pass that ends sooner than this is not connected with. */
const marginMs = 3_000;

/** This browser as signal knows it: a key that never leaves it, and the pass of the moment, which is kept nowhere. */
export type Device = {
  /** Swaps an invite or a token for passes bound to this device's own key. @throws PeekabooError; UnfitBrowserError when nothing can be kept here. */
  open(secret: Secret): Promise<void>;
  /** Whom this browser is known as, seen from this secret: `own` as whoever it is for, or it is no one-time link. @throws UnfitBrowserError. */
  knownAs(secret: Secret): Promise<'own' | 'somebody-else' | 'nobody'>;
  /** Sees to it that there is a pass to connect with. @returns `none` when this browser was never invited. @throws as `open`. */
  ready(): Promise<'none' | 'kept' | 'new'>;
  /** What a new connection presents. */
  handshake(url: string): Promise<object>;
  /** The proof for an answer to the offer of this view. */
  proveAnswer(view: string, sdp: string): Promise<string>;
  /** The proof to ask for the next pass with, over the connection to this namespace. */
  proveRenewal(url: string): Promise<string>;
  /** Takes a pass over. */
  use(issued: IssuedPass): void;
  /** When to ask for the next one: half-way. */
  renewInMs(): number;
  /** Signal says what time it is: clocks of phones may be wrong. */
  learnTime(now: number | undefined): void;
  /** The pass is good for nothing; the next connection asks for another. */
  forgetPass(): void;
};

/** Without a secure address there are no keys; without storage none that lasts. */
export class UnfitBrowserError extends Error {
  override readonly name = 'UnfitBrowserError';
  readonly lacks: 'secure-address' | 'storage';

  constructor(lacks: 'secure-address' | 'storage') {
    super(lacks);
    this.lacks = lacks;
  }
}

export function deviceOf(page: 'guardian' | 'staff'): Device {
  const box = keyBox(page);
  let key: DeviceKey | null = null;
  let pass: { text: string; until: number } | null = null;
  let clockAheadMs = 0;
  const now = () => Date.now() + clockAheadMs;
  const held = () => {
    if (!key || !pass) throw new PeekabooError('PASS_MISSING');
    return { key, pass: pass.text };
  };
  const use = ({ pass: text, validForMs }: IssuedPass) => {
    pass = { text, until: performance.now() + validForMs };
  };
  const learnTime = (serverNow: number | undefined) => {
    if (serverNow !== undefined) clockAheadMs = serverNow - Date.now();
  };
  const ask = async (
    by: DeviceKey,
    request: { invite: string; role: typeof page } | { token: string } | Record<string, never>,
  ): Promise<IssuedPass> => {
    const once = () => askForPass(location.origin, by, request, now(), replyWithinMs);
    return once().catch((error) => {
      if (!(error instanceof PeekabooError) || error.code !== 'PROOF_STALE') throw error;
      learnTime(error.facts.now);
      return once();
    });
  };

  return {
    async open({ kind, text }) {
      if (!isSecureContext) throw new UnfitBrowserError('secure-address');
      // Whoever comes with a token again is the same device; an invite may be for somebody else.
      const known = (await box.pendingFor(text)) ?? (kind === 'token' ? await box.read() : null);
      const made = known ?? (await makeDeviceKey());
      if (!(await box.keepPending({ secret: text, key: made }))) throw new UnfitBrowserError('storage');
      const request = kind === 'token' ? { token: text } : { invite: text, role: page };
      const issued = await ask(made, request).catch(async (error) => {
        if (error instanceof PeekabooError && errorCatalogue[error.code].status < 429) await box.forgetPending(); // it is good for nothing
        throw error;
      });
      use(issued);
      key = made;
      await box.keep(made, text);
    },
    async knownAs({ kind, text }) {
      if (!isSecureContext) throw new UnfitBrowserError('secure-address');
      if (kind !== 'invite' || (await box.pendingFor(text)) || (await box.hasOpened(text))) return 'own';
      return (await box.read()) ? 'somebody-else' : 'nobody';
    },
    async ready() {
      if (!isSecureContext) throw new UnfitBrowserError('secure-address');
      key ??= await box.read();
      if (!key) return 'none';
      if (pass && pass.until - performance.now() > marginMs) return 'kept';
      use(await ask(key, {}));
      return 'new';
    },
    handshake: (url) => makeHandshake(held(), url, now()),
    proveAnswer(view, sdp) {
      const { key: by, pass: text } = held();
      return makeAnswerProof(by, { view, fingerprint: fingerprintOf(sdp) ?? '', pass: text, now: now() });
    },
    proveRenewal(url) {
      const { key: by, pass: text } = held();
      return makeProof(by, { method: 'POST', url, pass: text, now: now() });
    },
    use,
    renewInMs: () => Math.max(0, (pass?.until ?? 0) - performance.now()) / 2,
    learnTime,
    forgetPass() {
      pass = null;
    },
  };
}
