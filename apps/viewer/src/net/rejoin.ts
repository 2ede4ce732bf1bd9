/** Why a picture is asked for: it decides how long to wait first. */
export type JoinCause =
  | 'asked' // a person tapped, or came back to the page
  | 'crowd' // a lift, a camera's return, opening time: every guardian's browser comes at this moment
  | 'reconnected' // this browser's own connection came back
  | 'failed'; // the attempt before this one did not work

const longestDelayMs = 15_000;

/** How long to wait before asking, in milliseconds. `random` is in [0, 1); `failures` counts those since it last worked. */
export function rejoinDelayMs(cause: JoinCause, failures: number, random: number): number {
  switch (cause) {
    case 'asked':
      return 0;
    case 'crowd':
      return 200 + random * 2_800;
    case 'reconnected':
      return 100 + random * 900;
    case 'failed': {
      const ceilingMs = Math.min(longestDelayMs, 1_000 * 2 ** Math.max(0, failures - 1));
      return ceilingMs * (0.5 + random / 2);
    }
    default:
      return cause satisfies never;
  }
}
