/** What families do. The times are defaults. */
export const profiles = {
  /** They come evenly spread, and stay. */
  steady: { ramp: '10s', hold: '30s' },
  /** A morning: few at first, most around the middle, few late. */
  morning: { ramp: '60s', hold: '30s' },
  /** All of them within the ramp, at no particular moment. */
  storm: { ramp: '1s', hold: '30s' },
  /** They watch for some seconds, leave, and come back, all the time. */
  churn: { ramp: '10s', hold: '60s' },
  /** They come slowly and stay long. */
  soak: { ramp: '30s', hold: '10m' },
} as const;
export type Profile = keyof typeof profiles;

/** When a family clicks, milliseconds after the start; `staysMs` when it leaves by itself, to come back a little later. */
export type Visit = { joinAtMs: number; staysMs: number | undefined };

const churnStaysMs = { from: 2_000, to: 8_000 };

/** One visit a family, earliest first. `random` returns numbers from 0 to 1. */
export function visitsOf(profile: Profile, families: number, rampMs: number, random: () => number): Visit[] {
  const visit = (index: number): Visit => {
    switch (profile) {
      case 'steady':
      case 'soak':
        return { joinAtMs: (index / families) * rampMs, staysMs: undefined };
      case 'morning': // the mean of three is bell-shaped
        return { joinAtMs: ((random() + random() + random()) / 3) * rampMs, staysMs: undefined };
      case 'storm':
        return { joinAtMs: random() * rampMs, staysMs: undefined };
      case 'churn':
        return {
          joinAtMs: (index / families) * rampMs,
          staysMs: churnStaysMs.from + random() * (churnStaysMs.to - churnStaysMs.from),
        };
      default:
        return profile satisfies never;
    }
  };
  return Array.from({ length: families }, (_, index) => visit(index)).sort((a, b) => a.joinAtMs - b.joinAtMs);
}

/** A repeatable sequence of numbers from 0 to 1, so that two runs are the same run (mulberry32, by Tommy Ettinger). */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
