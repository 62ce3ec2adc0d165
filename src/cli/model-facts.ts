/** A model in words, for `model info` and after `model add`. */
import { AppError } from '../core/errors.ts';
import { differentiate } from '../explain/differentiate.ts';
import { backwardRules, type BackwardRule } from '../explain/rules.ts';
import { fingerprint, type ModelManifest } from '../model/manifest.ts';
import type { Model } from '../model/model.ts';
import type { FoundModel } from '../model/registry.ts';
import { bytes } from './format.ts';

/** For each rule how many activations follow it, or why it is not defined for this model. */
export function rulesOf(model: Model): Record<BackwardRule, { activations: number } | { refused: string }> {
  const facts = backwardRules.map((rule) => {
    try {
      return [rule, { activations: differentiate(model.graph, { rule }).activations }] as const;
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      return [rule, { refused: error.message }] as const;
    }
  });
  return Object.fromEntries(facts) as ReturnType<typeof rulesOf>;
}

export function manifestFacts({ manifest, file }: Pick<FoundModel, 'manifest' | 'file'>): [string, string][] {
  return [
    ['name', manifest.name],
    ['about', manifest.description],
    ['file', `${file} (${bytes(manifest.bytes)})`],
    ['sha-256', manifest.sha256],
    ['input', inputWords(manifest)],
    ['features', manifest.featureTensor],
    ['licence', manifest.licence],
    ['from', manifest.provenance],
    ['fingerprint', fingerprint(manifest)],
  ];
}

/** 224×224 rgb, (value / 255 - (0.485, 0.456, 0.406)) / (0.229, 0.224, 0.225), whole picture with bars */
function inputWords({ input }: ModelManifest): string {
  const { width, height, channels, scale, mean, std, fit } = input;
  const list = (values: readonly number[]) =>
    `(${values.map((value) => Number(value.toPrecision(4))).join(', ')})`;
  const fits = { contain: 'whole picture with bars', cover: 'centre of the picture', fill: 'stretched' };
  return `${width}×${height} ${channels}, (${scaledValue(scale)} - ${list(mean)}) / ${list(std)}, ${fits[fit]}`;
}

function scaledValue(scale: number): string {
  if (scale === 1) return 'value';
  return Math.abs(scale - 1 / 255) < 1e-7 ? 'value / 255' : `value × ${Number(scale.toPrecision(4))}`;
}
