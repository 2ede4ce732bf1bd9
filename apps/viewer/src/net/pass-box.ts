import { get, set } from 'idb-keyval';

type Kept = { pass: string; before: string | null };

/** Where a browser keeps the pass of one page between visits. A browser without storage keeps nothing and says nothing. */
export type PassBox = {
  read(): Promise<string | null>;
  /** Keeps this pass, and remembers the one before it. */
  keep(pass: string): Promise<void>;
  /** Puts back the pass from before a refused one, so that a mangled or old link costs nobody their good pass. */
  takeBack(refused: string): Promise<void>;
};

export function passBox(page: 'guardian' | 'staff'): PassBox {
  const key = `${page}-pass`;
  const read = async () => (await get<Kept>(key).catch(() => undefined)) ?? null;
  const write = (kept: Kept) => set(key, kept).catch(() => {});
  return {
    async read() {
      return (await read())?.pass ?? null;
    },
    async keep(pass) {
      const kept = await read();
      if (kept?.pass !== pass) await write({ pass, before: kept?.pass ?? null });
    },
    async takeBack(refused) {
      const kept = await read();
      if (kept?.pass === refused && kept.before) await write({ pass: kept.before, before: null });
    },
  };
}
