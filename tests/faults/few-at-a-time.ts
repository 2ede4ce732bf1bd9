/** Does work when its turn has come. */
export type Turn = <T>(work: () => Promise<T>) => Promise<T>;

/** A queue with this many places: what is handed to it begins in order, in each place one after the other. */
export function fewAtATime(places: number): Turn {
  const last: Promise<unknown>[] = Array.from({ length: places }, () => Promise.resolve());
  return (work) => {
    const mine = (last.shift() ?? Promise.resolve()).then(work);
    last.push(mine.catch(() => undefined));
    return mine;
  };
}
