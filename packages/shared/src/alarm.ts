import { z } from 'zod';
import { slug } from './ids.ts';

/** When it began, in milliseconds since the Unix epoch by signal's clock. */
const since = z.number();

/** Trouble with one SFU. */
export const sfuAlarmKind = z.enum(['sfu-lost', 'sfu-silent', 'sfu-dark', 'sfu-ahead-of-store', 'sfu-unguarded']);

/** Something that somebody has to look after. docs/operations.md says what each means and what to do. */
export const alarm = z.discriminatedUnion('kind', [
  /** `viewsEndAt`: when the grace of open views, and their last lease, are over. */
  z.strictObject({ kind: z.literal('ledger-unwritable'), since, viewsEndAt: z.number() }),
  z.strictObject({ kind: z.literal('store-gone'), since }),
  z.strictObject({ kind: z.literal('hold-unsaved'), since }),
  z.strictObject({ kind: z.literal('store-went-back'), since }),
  /** `gaps`: what in the store's settings lets it lose what it has confirmed, each as half a sentence. */
  z.strictObject({ kind: z.literal('store-not-durable'), since, gaps: z.array(z.string().max(300)).max(10) }),
  z.strictObject({ kind: sfuAlarmKind, since, sfu: slug }),
  /** Linked, and with a pass that nobody has renewed. `endsAt`: its pictures are dark from then on. */
  z.strictObject({ kind: z.literal('sfu-pass-ending'), since, sfu: slug, endsAt: z.number() }),
]);
export type Alarm = z.infer<typeof alarm>;
export type AlarmKind = Alarm['kind'];
