import { setImmediate } from 'node:timers/promises';

/** So many are parsed in one turn of the event loop: a few milliseconds, for which a cut may have to wait. */
const inOneTurn = 25;

/** Rows of a table as what they stand for, each parsed when it is new or has changed. Other work has its turn in between. */
export class ParsedRows<T> {
  readonly #parse: (text: string) => T;
  readonly #onUnreadable: (key: string, error: unknown) => void;
  #known = new Map<string, { text: string; value: T | undefined }>();

  /** @param onUnreadable is told once of a row that cannot be parsed; it is left out. */
  constructor(parse: (text: string) => T, onUnreadable: (key: string, error: unknown) => void) {
    this.#parse = parse;
    this.#onUnreadable = onUnreadable;
  }

  /** What these rows, all there are, stand for, in their order. */
  async read(rows: Iterable<readonly [key: string, text: string]>): Promise<T[]> {
    const next = new Map<string, { text: string; value: T | undefined }>();
    let parsed = 0;
    for (const [key, text] of rows) {
      const known = this.#known.get(key);
      next.set(key, known?.text === text ? known : { text, value: this.#parseOrTell(key, text) });
      if (next.get(key) !== known && ++parsed % inOneTurn === 0) await setImmediate();
    }
    this.#known = next;
    return [...next.values()].flatMap(({ value }) => (value === undefined ? [] : [value]));
  }

  #parseOrTell(key: string, text: string): T | undefined {
    try {
      return this.#parse(text);
    } catch (error) {
      this.#onUnreadable(key, error);
      return undefined;
    }
  }
}
