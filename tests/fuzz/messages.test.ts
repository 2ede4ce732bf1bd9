import { EventEmitter } from 'node:events';
import { isDeepStrictEqual } from 'node:util';
import { type Asks, serveAsks } from '@peekaboo/shared/ask';
import { wireError } from '@peekaboo/shared/errors';
import { passClaims } from '@peekaboo/shared/pass';
import * as wire from '@peekaboo/shared/wire';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { cases } from './cases.ts';
import { messagesOf, mutated } from './messages-of.ts';

const asks = { ...wire.guardianAsks, ...wire.staffAsks, ...wire.sfuAsks, ...wire.sfuOrders };
const tells = { ...wire.guardianTells, ...wire.staffTells, ...wire.sfuTells };
const everySchema: [string, z.ZodType][] = [
  ...Object.entries(asks).flatMap(([name, { request, reply }]): [string, z.ZodType][] => [
    [`ask ${name}`, request],
    [`reply to ${name}`, reply],
  ]),
  ...Object.entries(tells).map(([name, schema]): [string, z.ZodType] => [`tell ${name}`, schema]),
  ...Object.entries(wire).flatMap(([name, value]): [string, z.ZodType][] => (value instanceof z.ZodType ? [[name, value]] : [])),
  ['refusal', wireError],
  ['claims of a pass', passClaims],
];

/** Whether nothing has been added to what every object inherits. */
const prototypeIsClean = () => ({}) as Record<string, unknown>;

describe('every message', () => {
  test('is known to this test', () => {
    const exported = Object.entries(wire).filter(([name]) => /(Asks|Tells|Orders)$/.test(name));
    expect(exported.map(([name]) => name).sort()).toEqual(
      ['guardianAsks', 'guardianTells', 'sfuAsks', 'sfuOrders', 'sfuTells', 'staffAsks', 'staffTells'].sort(),
    );
  });

  test.for(everySchema)('%s: is read or refused, and what is read says the same when it travels on', ([, schema]) => {
    const valid = messagesOf(schema);
    let accepted = 0;
    const anything = fc.oneof({ weight: 2, arbitrary: valid }, { weight: 3, arbitrary: mutated(valid) }, fc.anything());
    fc.assert(
      fc.property(anything, (message) => {
        const read = schema.safeParse(message);
        if (prototypeIsClean().admin !== undefined) throw new Error('every object has a new member');
        if (!read.success) return;
        accepted += 1;
        const travelled = JSON.parse(JSON.stringify(read.data));
        if (!isDeepStrictEqual(schema.parse(travelled), JSON.parse(JSON.stringify(schema.parse(read.data)))))
          throw new Error('says something else');
        if (Object.keys(travelled).includes('admin')) throw new Error('an unknown field got through');
      }),
      cases as never,
    );
    expect(accepted).toBeGreaterThan(Number(cases.numRuns) / 20); // else this would only ever try refusals
  });
});

describe('an ask', () => {
  const ofSignal: [string, Asks][] = Object.entries({ guardianAsks: wire.guardianAsks, staffAsks: wire.staffAsks, sfuAsks: wire.sfuAsks });

  test.for(ofSignal)('of %s is carried out as it was meant, or refused with a code and a remedy', async ([, served]) => {
    const socket = new EventEmitter();
    const heard = { onAny: (listener: (...args: [string, ...unknown[]]) => void) => socket.on('message', listener) };
    const defects: unknown[] = [];
    const carriedOut = Object.fromEntries(Object.keys(served).map((name) => [name, (request: unknown) => request as never]));
    serveAsks(heard, served, carriedOut as never, { maxInProgress: 1_000, onDefect: (error) => defects.push(error) });
    const messages = Object.entries(served).map(([name, { request }]) =>
      fc.tuple(fc.constant(name), fc.array(mutated(messagesOf(request)), { maxLength: 3 })),
    );
    await fc.assert(
      fc.asyncProperty(fc.oneof(...messages), async ([name, args]) => {
        const reply = await new Promise<{ ok: boolean; value: unknown; error: unknown }>((resolve) =>
          socket.emit('message', name, ...args, resolve),
        );
        if (reply.ok) expect(served[name]?.request.safeParse(args[0]).success).toBe(true);
        else
          expect(wireError.parse(reply.error)).toMatchObject({ code: 'BAD_MESSAGE', remedy: expect.stringContaining('docs/protocol.md') });
      }),
      cases as never,
    );
    expect(defects).toEqual([]);
  });
});
