/** Builds the page into dist/web, as files: the server's content security policy allows no inline script or style. */
import { fileURLToPath } from 'node:url';
import type { Plugin } from 'vite';
import { defineConfig } from 'vite';
import { visualLanguage } from '../src/report/visual-language.ts';

export default defineConfig({
  root: fileURLToPath(new URL('.', import.meta.url)),
  base: './',
  plugins: [sharedStyle()],
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  build: {
    outDir: fileURLToPath(new URL('../dist/web', import.meta.url)),
    emptyOutDir: true,
    target: 'es2022',
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0,
    reportCompressedSize: true,
  },
  // `npm run web` beside a running `whymatch serve`.
  server: { proxy: { '/v1': 'http://127.0.0.1:8080' } },
});

/** What the page and the reports look like has one home, in src/report; here it is a style sheet. */
function sharedStyle(): Plugin {
  const id = 'virtual:visual-language.css';
  return {
    name: 'visual-language',
    resolveId: (source) => (source === id ? `\0${id}` : undefined),
    load: (resolved) => (resolved === `\0${id}` ? visualLanguage : undefined),
  };
}
