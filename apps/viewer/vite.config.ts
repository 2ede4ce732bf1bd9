import { resolve } from 'node:path';
import { defineConfig } from 'vite';
import { slimSimplePeer } from './build/slim-simple-peer.ts';

const here = import.meta.dirname;

export default defineConfig({
  root: here,
  plugins: [slimSimplePeer()],
  build: {
    outDir: resolve(here, 'dist'),
    emptyOutDir: true,
    target: 'es2022',
    // The content security policy allows files of our own origin only: no data: URLs, no inline script.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    rolldownOptions: { input: [resolve(here, 'index.html'), resolve(here, 'staff.html')] },
  },
});
