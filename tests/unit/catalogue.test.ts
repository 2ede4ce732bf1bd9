import { readFileSync } from 'node:fs';
import { errorCatalogue } from '@peekaboo/shared/errors';
import { closeReason, guardianAsks, guardianTells, sfuAsks, sfuOrders, sfuTells, staffAsks, staffTells } from '@peekaboo/shared/wire';
import { describe, expect, test } from 'vitest';
import { alarmKinds } from '../../apps/signal/src/alarms.ts';
import { closeReasons } from '../../apps/viewer/src/ui/guardian-words.ts';
import { sentences } from '../../apps/viewer/src/ui/words.ts';

const protocol = readFileSync(new URL('../../docs/protocol.md', import.meta.url), 'utf8');
const operations = readFileSync(new URL('../../docs/operations.md', import.meta.url), 'utf8');
/** The first cell of every row of the table under this heading, without its backticks. */
const rowsUnder = (heading: string, text = protocol) => {
  const section = text.split(`## ${heading}\n`)[1]?.split('\n## ')[0] ?? '';
  return [...section.matchAll(/^\| `([^`]+)` \|/gm)].map(([, name]) => name);
};

describe('docs, code and words agree', () => {
  test('on every error code', () => {
    expect(rowsUnder('Errors')).toEqual(Object.keys(errorCatalogue));
    expect(Object.keys(sentences).sort()).toEqual(Object.keys(errorCatalogue).sort());
  });

  test('on every reason for which a view closes', () => {
    expect(rowsUnder('Close reasons')).toEqual(closeReason.options);
    expect(Object.keys(closeReasons).sort()).toEqual([...closeReason.options].sort());
  });

  test.for([
    ['Guardian asks signal', guardianAsks],
    ['Signal tells guardian', guardianTells],
    ['Staff ask signal', staffAsks],
    ['Signal tells staff', staffTells],
    ['SFU asks signal', sfuAsks],
    ['SFU tells signal', sfuTells],
    ['Signal orders SFU', sfuOrders],
  ] as const)('on every message: %s', ([heading, messages]) => {
    expect(rowsUnder(heading)).toEqual(Object.keys(messages));
  });

  test('on every alarm', () => {
    expect(rowsUnder('Alarms', operations)).toEqual(alarmKinds);
  });

  test('no sentence for a parent speaks of codes or machines', () => {
    for (const sentence of [...Object.values(sentences), ...Object.values(closeReasons)]) {
      expect(sentence).not.toMatch(/SFU|DTLS|ICE|socket|token|JWT|[A-Z]{3,}_/);
    }
  });
});
