import type { Signal } from '@preact/signals';
import type { Motion } from './motion.ts';

/** One camera of a view. Setting `stream` to null takes its last frame off the screen in the same instant. */
export type Camera = {
  readonly id: string;
  readonly stream: Signal<MediaStream | null>;
  /** How many of its pictures this browser has decoded so far. */
  readonly framesDecoded: () => Promise<number>;
  readonly motion: Signal<Motion>;
  readonly hasSound: Signal<boolean>;
};
