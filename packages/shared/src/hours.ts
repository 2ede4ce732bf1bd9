import { z } from 'zod';
import { opaqueId, slug } from './ids.ts';

/** `HH:MM-HH:MM`, local wall-clock time, half-open; `24:00` is the end of the day; a closing time at or before the opening one is on the next day. */
export const hoursWindow = z
  .string()
  .regex(/^([01]\d|2[0-3]):[0-5]\d-(([01]\d|2[0-3]):[0-5]\d|24:00)$/, 'write a window as "08:00-18:00"')
  .refine((text) => text.slice(0, 5) !== text.slice(6), 'opens and closes at the same time; for the whole day write "00:00-24:00"');

export const weekdays = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const;
export type Weekday = (typeof weekdays)[number];

const windows = z.array(hoursWindow).max(8);
const isoDate = z.iso.date('write a date as "2026-12-25"');

/** A date on which the weekly windows do not apply: an empty list of windows is a closed day. */
export const hoursException = z.strictObject({ date: isoDate, windows });

/** When a room may be watched. A weekday that is not named is closed. */
export const hours = z.strictObject({
  weekly: z.partialRecord(z.enum(weekdays), windows),
  exceptions: z.array(hoursException).max(400).default([]),
});
export type Hours = z.infer<typeof hours>;

/** What staff have set in place of a room's hours in the file; `null`: the file's count again. Of two the later counts, whoever knows of it. */
export const editedHours = z.strictObject({
  nursery: slug,
  room: slug,
  hours: hours.nullable(),
  by: opaqueId.or(slug),
  at: z.int().nonnegative(),
});
export type EditedHours = z.infer<typeof editedHours>;

/** Whose hours a room has. `at` in milliseconds since the Unix epoch. */
export const hoursSource = z.discriminatedUnion('source', [
  z.strictObject({ source: z.literal('file') }),
  z.strictObject({ source: z.literal('staff'), by: opaqueId.or(slug), at: z.number() }),
]);
export type HoursSource = z.infer<typeof hoursSource>;

/** Where in its hours a room is at one instant; instants in milliseconds since the Unix epoch. */
export type Opening = { state: 'open'; closesAt: number | null } | { state: 'closed'; opensAt: number | null };
