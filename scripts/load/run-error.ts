/** What keeps a run from being one though it was asked for rightly: to be said in one line. */
export class RunError extends Error {
  override readonly name = 'RunError';
}
