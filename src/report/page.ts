/** The HTML document around a report's content: nothing is loaded from anywhere, and nothing else may be. */
import { createHash } from 'node:crypto';
import { clientScript } from './client.ts';
import { heatFilter } from './heat-filter.ts';
import type { Layer } from './layers.ts';
import type { Html } from './markup.ts';
import { markup, trusted } from './markup.ts';
import { styleSheet } from './style.ts';
import { layerRules } from './toolbar.ts';

export interface Page {
  readonly title: string;
  readonly layers: readonly Layer[];
  /** SVG elements that the content refers to. */
  readonly definitions: Html;
  readonly header: Html;
  readonly content: Html;
}

export function renderPage({ title, layers, definitions, header, content }: Page): string {
  return markup`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${contentSecurityPolicy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="generator" content="whymatch">
<meta name="referrer" content="no-referrer">
<title>${title}</title>
<style>${trusted(styleSheet)}${layerRules(layers)}</style>
</head>
<body>
<svg class="definitions" width="0" height="0" aria-hidden="true"><defs>${heatFilter()}${definitions}</defs></svg>
${header}
<main>${content}</main>
<footer>Made by whymatch. This page holds all of its data and loads nothing from elsewhere.</footer>
<script>${trusted(clientScript)}</script>
</body>
</html>
`.text;
}

/** Our one script by its hash: markup that slipped through could still not run. Style attributes have no hashes in all browsers. */
const contentSecurityPolicy = [
  "default-src 'none'",
  'img-src data:',
  "style-src 'unsafe-inline'",
  `script-src 'sha256-${createHash('sha256').update(clientScript).digest('base64')}'`,
  "base-uri 'none'",
  "form-action 'none'",
].join('; ');
