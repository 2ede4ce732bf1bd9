import type { ContenderName } from './contenders/contender.ts';
import type { Result } from './result.ts';

/** Which of the chosen contenders have no figures: they failed in every round, or their time never came. Janus that is not installed is nobody's fault. */
export function missingOf(chosen: ContenderName[], result: Result | undefined, janusIsHere: boolean): ContenderName[] {
  return chosen.filter((name) => !result?.contenders[name] && (name !== 'janus' || janusIsHere));
}
