/** Does work when its turn has come. */
export type Turn = <T>(work: () => Promise<T>) => Promise<T>;

/** A queue: what is handed to it is done one after the other. */
export function oneAtATime(): Turn {
  let last: Promise<unknown> = Promise.resolve();
  return (work) => {
    const mine = last.then(work);
    last = mine.catch(() => undefined);
    return mine;
  };
}
