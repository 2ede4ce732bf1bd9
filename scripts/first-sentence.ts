/** What a call got wrong, in one sentence: Node's own messages go on with advice that does not fit here. Without its full stop. */
export function firstSentence(error: unknown): string {
  return String((error as Error).message).split(/\.(?:\s|$)/)[0] ?? '';
}
