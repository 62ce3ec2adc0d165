/** How the maps are shown: which one, how strong, on which scale. */
import { colormapGradient } from '../../../src/image/colormap.ts';
import type { Info } from '../api/types.ts';
import { useSpeech } from '../i18n/language.tsx';
import { Switch } from '../ui/switch.tsx';
import { sharing } from './maps.ts';

export interface Look {
  /** A method's name, or `noLayer`. */
  readonly method: string;
  readonly shared: boolean;
  /** 0 to 1. */
  readonly opacity: number;
}

export const noLayer = 'none';
export const firstLook: Look = { method: 'guided-match', shared: false, opacity: 0.8 };

/** From coarse to fine, then their product. */
const layers = [noLayer, 'match', 'guided', 'guided-match'];

export interface ToolbarProps {
  readonly look: Look;
  readonly info: Info | undefined;
  readonly onChange: (change: Partial<Look>) => void;
}

export function Toolbar({ look: { method, shared, opacity }, info, onChange }: ToolbarProps) {
  const { say, known } = useSpeech();
  return (
    <section class="toolbar" aria-label={say('why.layers')}>
      <Switch
        legend={say('why.layers')}
        value={method}
        options={layers.map((value) => ({ value, title: known(`layer.${value}`) ?? value }))}
        onChange={(value) => onChange({ method: value })}
      />
      <label class="opacity">
        {say('why.method')}
        <select value={method} onChange={({ currentTarget }) => onChange({ method: currentTarget.value })}>
          {method === noLayer && <option value={noLayer}>–</option>}
          {info?.methods.map(({ name, title }) => (
            <option key={name} value={name}>
              {known(`method.${name}`) ?? title}
            </option>
          ))}
        </select>
      </label>
      <Switch
        legend={say('why.scale')}
        value={shared ? 'shared' : 'own'}
        options={[
          { value: 'own', title: say('why.own') },
          { value: 'shared', title: say('why.shared') },
        ]}
        onChange={(value) => onChange({ shared: value === 'shared' })}
      />
      <label class="opacity">
        {say('why.opacity')}
        <input
          type="range"
          min="0"
          max="100"
          value={100 * opacity}
          onInput={({ currentTarget }) => onChange({ opacity: Number(currentTarget.value) / 100 })}
        />
      </label>
    </section>
  );
}

/** What the colours mean. */
export function Legend({ look: { method, shared }, info }: Pick<ToolbarProps, 'look' | 'info'>) {
  const { say, known } = useSpeech();
  if (method === noLayer) return null;
  const about = known(`about.${method}`) ?? info?.methods.find(({ name }) => name === method)?.about;
  return (
    <div class="meaning">
      <div class="legend">
        <span>{say('why.weak')}</span>
        <span class="ramp" style={{ background: colormapGradient() }} />
        <span>{say('why.strong')}</span>
      </div>
      <p class="notes">
        {about} {shared ? say('why.sharedHelp', { count: sharing }) : say('why.ownHelp')}
      </p>
    </div>
  );
}
