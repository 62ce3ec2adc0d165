/** The page's switches. They are radio buttons that CSS reacts to, so they work without script too. */
import { defaultMethod } from '../explain/methods/index.ts';
import { colormapGradient } from '../image/colormap.ts';
import { displayBlur } from './heat-colour.ts';
import type { Layer } from './layers.ts';
import type { Html, Part } from './markup.ts';
import { markup, trusted } from './markup.ts';

/** The class of what is shown with a layer only. Numbers, because a method's name can be anything. */
export function layerClass(layers: readonly Layer[], layer: Layer): string {
  return `layer-${layers.indexOf(layer)}`;
}

/** The rules that show a layer when its button is pressed. */
export function layerRules(layers: readonly Layer[]): Html {
  return trusted(
    layers
      .map((_, i) => `body:has(#show-${i}:checked) .layer-${i}`)
      .map((selector) => `${selector} { display: revert; }\n`)
      .join(''),
  );
}

export interface ToolbarOptions {
  /** Is there more than one pair to share a scale? */
  readonly several: boolean;
}

export function toolbar(layers: readonly Layer[], { several }: ToolbarOptions): Html {
  const first = Math.max(
    0,
    layers.findIndex(({ name }) => name === defaultMethod),
  );
  return markup`<section class="toolbar" aria-label="What is shown on the pictures">
<fieldset class="switch"><legend>Show</legend>
${radio('layer', 'show-none', 'Picture', false)}${layers.map(({ title }, i) => radio('layer', `show-${i}`, title, i === first))}</fieldset>
${several && scaleSwitch()}
<label class="opacity">Opacity <input id="opacity" type="range" min="0" max="100" value="80"></label>
<div class="legend"><span>weak</span><span class="ramp" style="background:${colormapGradient()}"></span><span>strong</span></div>
</section>
<div class="notes">${layers.map((layer) => note(layer, layers))}
<p class="hint">${several && scaleNotes()} The maps are smoothed for display (Gaussian, σ ${(100 * displayBlur).toFixed(1)} % of the side).</p></div>`;
}

function scaleSwitch(): Html {
  return markup`<fieldset class="switch"><legend>Scale</legend>
${radio('scale', 'scale-shared', 'Shared', true)}${radio('scale', 'scale-own', 'Per map', false)}</fieldset>`;
}

function scaleNotes(): Html {
  return markup`<span class="if-shared">All hits share one colour scale, so brightness compares between them.</span><span class="if-own">Each map has a colour scale of its own; brightness does not compare between hits.</span>`;
}

function note(layer: Layer, layers: readonly Layer[]): Part {
  return (
    layer.about !== '' &&
    markup`<p class="layered ${layerClass(layers, layer)}"><strong>${layer.title}.</strong> ${layer.about}</p>`
  );
}

function radio(group: string, id: string, title: string, checked: boolean): Html {
  return markup`<label><input type="radio" name="${group}" id="${id}"${checked && markup` checked`}><span>${title}</span></label>`;
}
