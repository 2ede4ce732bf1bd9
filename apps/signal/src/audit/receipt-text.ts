import { type CutAcknowledgement, earlierRun, type Receipt, type Scope } from '@peekaboo/shared/hold';

/** A receipt in words, for whoever has to be shown what a cut did. */
export function receiptText({ id, hold, state, durable, viewsClosed, totalMs, acknowledgements }: Receipt): string {
  const lines = [
    `Receipt ${id}`,
    `  ${hold.final ? 'revoked ' : 'cut     '} ${scopeText(hold.scope)} (hold ${hold.id})`,
    `  ordered  ${new Date(hold.at).toISOString()} by ${hold.by}`,
    `  reason   ${hold.reason}`,
    state === 'confirmed'
      ? `  result   dark: ${viewsClosed} ${viewsClosed === 1 ? 'view' : 'views'} closed; confirmed ${ms(totalMs)} after the order`
      : `  result   NOT CONFIRMED ${ms(totalMs)} after the order${durable ? '' : '; not saved yet'}`,
    ...acknowledgements.map((each) => `  ${each.sfu === earlierRun ? 'SFUs of the run before' : each.sfu}: ${acknowledgementText(each)}`),
  ];
  return `${lines.join('\n')}\n`;
}

function scopeText(scope: Scope): string {
  switch (scope.kind) {
    case 'all':
      return 'everything';
    case 'nursery':
      return `all rooms of ${scope.nursery}`;
    case 'room':
      return `room ${scope.room} of ${scope.nursery}`;
    case 'guardian':
      return `guardian ${scope.guardian} of ${scope.nursery}`;
    case 'pass':
      return `pass ${scope.pass} of ${scope.nursery}`;
    default:
      return scope satisfies never;
  }
}

function acknowledgementText(acknowledgement: CutAcknowledgement): string {
  switch (acknowledgement.state) {
    case 'dark':
      return `closed ${acknowledgement.viewsClosed} in ${ms(acknowledgement.tookMs)}, acknowledged after ${ms(acknowledgement.afterMs)}`;
    case 'lapsed':
      return `silent; its lease had certainly lapsed after ${ms(acknowledgement.afterMs)}`;
    case 'silent':
      return `silent; dark by lease within ${ms(acknowledgement.darkByMs)}`;
    default:
      return acknowledgement satisfies never;
  }
}

function ms(duration: number): string {
  return `${duration.toFixed(1)} ms`;
}
