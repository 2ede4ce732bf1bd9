import type { Plugin } from 'vite';

/*
 * simple-peer is a Node stream, and its ready-made browser file carries Node's whole stream and Buffer code for the data
 * channel: 28 kB gzipped. Pictures need none of that, so its source is bundled with these stand-ins: 6 kB.
 */
const standIns: Record<string, string> = {
  debug: 'module.exports = () => () => {};',
  // Only names data channels and log lines.
  randombytes: 'module.exports = () => ({ toString: () => "0000000" });',
  buffer: 'module.exports = {};',
  'readable-stream': `
    class Duplex {
      _readableState = { ended: true };
      _writableState = { finished: true };
      #listeners = new Map();
      on(name, listener) {
        this.#listeners.set(name, [...(this.#listeners.get(name) ?? []), listener]);
        return this;
      }
      once(name, listener) {
        const once = (...args) => {
          this.removeListener(name, once);
          listener(...args);
        };
        once.listener = listener;
        return this.on(name, once);
      }
      removeListener(name, listener) {
        const kept = (this.#listeners.get(name) ?? []).filter((each) => each !== listener && each.listener !== listener);
        this.#listeners.set(name, kept);
        return this;
      }
      emit(name, ...args) {
        for (const listener of this.#listeners.get(name) ?? []) listener(...args);
      }
    }
    module.exports = { Duplex };`,
};

/** Bundles simple-peer without the parts of Node that only its data channel needs. */
export function slimSimplePeer(): Plugin {
  const prefix = '\0slim-simple-peer/';
  return {
    name: 'slim-simple-peer',
    enforce: 'pre',
    resolveId(id, importer) {
      if (!importer?.includes('/node_modules/simple-peer/') || !(id in standIns)) return null;
      return `${prefix}${id}.cjs`;
    },
    load(id) {
      return id.startsWith(prefix) ? standIns[id.slice(prefix.length, -'.cjs'.length)] : null;
    },
  };
}
