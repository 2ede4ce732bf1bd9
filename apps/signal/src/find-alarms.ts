import type { Alarm } from '@peekaboo/shared/alarm';
import type { Periods } from '@peekaboo/shared/periods';
import type { SfuPass, SfuTrouble } from './sfu-link.ts';

/** A store that was set back is mended at once, but somebody has to see whether all is there that should be. */
const wentBackShownMs = 86_400_000;

/** Time enough for somebody to look after it; less for a pass that was never meant to last as long. */
const passEndingMs = ({ issuedAt, endsAt }: SfuPass) => Math.min(7 * 86_400_000, (endsAt - issuedAt) / 10);

/** How signal's parts are. Instants in milliseconds since the Unix epoch. */
export type Conditions = {
  /** For how long the ledger could not be written. */
  ledgerUnwritableMs: number | undefined;
  /** Whether the store answers, and the holds in it could be read. */
  storeAnswers: boolean;
  storeWentBackAt: number | undefined;
  holdUnsavedSince: number | undefined;
  durabilityGaps: readonly string[];
  sfus: readonly { id: string; trouble: SfuTrouble | undefined; pass: SfuPass | undefined }[];
  periods: Pick<Periods, 'lease' | 'ledger'>;
  now: number;
};

/** What somebody has to look after, the worst first. */
export function findAlarms({ periods, now, ...found }: Conditions): Alarm[] {
  const alarms: Alarm[] = [];
  const { ledgerUnwritableMs, storeWentBackAt, holdUnsavedSince } = found;
  if (!found.storeAnswers) alarms.push({ kind: 'store-gone', since: now });
  if (holdUnsavedSince !== undefined) alarms.push({ kind: 'hold-unsaved', since: holdUnsavedSince });
  let graceIsOver = false;
  if (ledgerUnwritableMs !== undefined) {
    const since = now - ledgerUnwritableMs;
    graceIsOver = ledgerUnwritableMs > periods.ledger.graceMs;
    alarms.push({ kind: 'ledger-unwritable', since, viewsEndAt: since + periods.ledger.graceMs + periods.lease.forMs });
  }
  const allAreDark = alarms.some(({ kind }) => kind !== 'ledger-unwritable') || graceIsOver;
  for (const { id, trouble } of found.sfus) {
    if (!trouble || (trouble.kind === 'sfu-dark' && allAreDark)) continue; // no SFU is granted a lease then; that is said above
    alarms.push({ ...trouble, sfu: id });
  }
  for (const { id, pass } of found.sfus) {
    if (pass && pass.endsAt - now < passEndingMs(pass)) alarms.push({ kind: 'sfu-pass-ending', since: now, sfu: id, endsAt: pass.endsAt });
  }
  if (storeWentBackAt !== undefined && now - storeWentBackAt < wentBackShownMs)
    alarms.push({ kind: 'store-went-back', since: storeWentBackAt });
  if (found.durabilityGaps.length > 0) alarms.push({ kind: 'store-not-durable', since: now, gaps: [...found.durabilityGaps] });
  return alarms;
}
