import { Counter, collectDefaultMetrics, Gauge, Registry } from 'prom-client';
import { type Alarms, alarmKinds } from './alarms.ts';
import type { Ledger } from './audit/ledger.ts';
import type { Gate } from './gate/gate.ts';
import type { Holds } from './holds.ts';
import type { SfuLinks } from './sfu-links.ts';
import type { Views } from './views.ts';

type Sources = { views: Views; holds: Holds; sfuLinks: SfuLinks; ledger: Ledger; alarms: Alarms; gate: Gate };

/** What signal tells Prometheus. No metric names a person, a pass or a room. */
export function createMetrics({ views, holds, sfuLinks, ledger, alarms, gate }: Sources): Registry {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  gauge('peekaboo_views', 'Open views', () => views.size);
  gauge('peekaboo_holds', 'Holds in force that can be lifted', () => holds.inForce?.liftable.length ?? Number.NaN);
  gauge('peekaboo_revocations', 'Guardians and passes revoked', () => holds.inForce?.revocations.length ?? Number.NaN);
  gauge(
    'peekaboo_sfus_ready',
    'SFUs that are linked and know the holds',
    () => sfuLinks.all.filter(({ state }) => state === 'ready').length,
  );
  gauge('peekaboo_sfus_known', 'SFUs that have linked since this process began and are not forgotten', () => sfuLinks.all.length);
  gauge('peekaboo_ledger_writable', 'Whether the ledger can be written: 1, or 0, which is an alarm', () => (ledger.writable ? 1 : 0));
  gauge('peekaboo_ledger_entries', 'Entries in the ledger', () => ledger.length);
  new Gauge({
    name: 'peekaboo_alarm',
    help: 'Whether an alarm of this kind is raised, for the store, the ledger or any SFU: 1 or 0',
    labelNames: ['kind'],
    registers: [registry],
    collect() {
      for (const kind of alarmKinds) this.set({ kind }, alarms.raised.some((alarm) => alarm.kind === kind) ? 1 : 0);
    },
  });
  new Counter({
    name: 'peekaboo_limited_total',
    help: 'Clients turned away because they, or all of their address, asked too much',
    labelNames: ['limit'],
    registers: [registry],
    collect() {
      this.reset();
      for (const [limit, times] of gate.limited) this.inc({ limit }, times);
    },
  });
  return registry;

  function gauge(name: string, help: string, read: () => number): void {
    new Gauge({
      name,
      help,
      registers: [registry],
      collect() {
        this.set(read());
      },
    });
  }
}
