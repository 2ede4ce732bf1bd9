import fc from 'fast-check';
import { z } from 'zod';

type JsonSchema = {
  type?: string;
  const?: unknown;
  enum?: unknown[];
  anyOf?: JsonSchema[];
  oneOf?: JsonSchema[];
  allOf?: JsonSchema[];
  pattern?: string;
  minLength?: number;
  maxLength?: number;
  minimum?: number;
  maximum?: number;
  exclusiveMinimum?: number;
  properties?: Record<string, JsonSchema>;
  required?: string[];
  items?: JsonSchema;
  maxItems?: number;
  additionalProperties?: JsonSchema | boolean;
  propertyNames?: JsonSchema;
};

/** Messages of which nearly all fit the schema: made from what zod says of itself, so that no schema is forgotten. */
export function messagesOf(schema: z.ZodType): fc.Arbitrary<unknown> {
  return fromJsonSchema(z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }) as JsonSchema);
}

function fromJsonSchema(schema: JsonSchema): fc.Arbitrary<unknown> {
  if ('const' in schema) return fc.constant(schema.const);
  if (schema.enum) return fc.constantFrom(...schema.enum);
  const choices = schema.anyOf ?? schema.oneOf;
  if (choices) return fc.oneof(...choices.map(fromJsonSchema));
  switch (schema.type) {
    case 'string':
      return stringOf(schema);
    case 'integer':
      return fc.integer({ min: Math.max(schema.minimum ?? -1_000, -(2 ** 31)), max: Math.min(schema.maximum ?? 2 ** 40, 2 ** 40) });
    case 'number':
      return fc.double({ min: schema.minimum ?? -1e12, max: schema.maximum ?? 1e12, noNaN: true });
    case 'boolean':
      return fc.boolean();
    case 'null':
      return fc.constant(null);
    case 'array':
      return fc.array(fromJsonSchema(schema.items ?? {}), { maxLength: Math.min(schema.maxItems ?? 3, 3) });
    case 'object':
      return objectOf(schema);
    default:
      return fc.jsonValue();
  }
}

function stringOf({ pattern, allOf, minLength = 0, maxLength = 300 }: JsonSchema): fc.Arbitrary<string> {
  const first = pattern ?? allOf?.find((each) => each.pattern)?.pattern;
  if (first !== undefined) return fc.stringMatching(new RegExp(first));
  return fc.string({ minLength, maxLength: Math.min(maxLength, 300), unit: 'binary' });
}

function objectOf({ properties = {}, required = [], additionalProperties, propertyNames }: JsonSchema): fc.Arbitrary<unknown> {
  const known = Object.fromEntries(Object.entries(properties).map(([key, value]) => [key, fromJsonSchema(value)]));
  if (typeof additionalProperties !== 'object') return fc.record(known, { requiredKeys: required });
  return fc.dictionary(fromJsonSchema(propertyNames ?? { type: 'string' }) as fc.Arbitrary<string>, fromJsonSchema(additionalProperties), {
    maxKeys: 4,
  });
}

const poison = fc.constantFrom<unknown>(
  ...[undefined, null, '', 0, -1, 1e308, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53, true, [], {}, [[]], 'x'.repeat(100_000)],
  ...[
    '__proto__',
    '\u0000',
    '\ud800',
    '../../etc/passwd',
    'a\r\nb',
    { $ne: 1 },
    { toString: 1 },
    JSON.parse('{"__proto__":{"admin":true}}'),
  ],
  ...[new Map(), new Date(0), Buffer.from('x'), () => 0, Symbol.iterator, 10n, Object.create(null)],
);

/** The same message with something wrong at any one place: another value there, a member too few, a member too many. */
export function mutated(messages: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> {
  const wrong = fc.oneof(poison, fc.jsonValue(), fc.string({ unit: 'binary' }));
  const names = fc.oneof(fc.constantFrom('__proto__', 'constructor', 'prototype', 'toString', 'admin', ''), fc.string());
  const name = names.filter((each) => each !== 'length'); // a list has that already
  return fc.tuple(messages, fc.nat(), fc.constantFrom('replace', 'remove', 'add'), wrong, name).map(([message, at, how, value, key]) => {
    const copy = structuredClone(message);
    const places = placesIn(copy);
    const place = places[at % Math.max(1, places.length)];
    if (!place) return value;
    if (how === 'replace') place.parent[place.key] = value;
    else if (how === 'remove') delete place.parent[place.key];
    else Object.defineProperty(place.parent, key, { value, enumerable: true, configurable: true, writable: true });
    return copy;
  });
}

type Place = { parent: Record<string, unknown>; key: string };

function placesIn(value: unknown): Place[] {
  if (typeof value !== 'object' || value === null) return [];
  const parent = value as Record<string, unknown>;
  return Object.keys(parent).flatMap((key) => [{ parent, key }, ...placesIn(parent[key])]);
}
