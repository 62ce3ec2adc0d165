/** One of several, as a row of radio buttons. */
import type { ComponentChildren } from 'preact';
import { useId } from 'preact/hooks';

export interface SwitchProps<T extends string> {
  readonly legend: string;
  readonly options: readonly { readonly value: T; readonly title: ComponentChildren }[];
  /** May be none of the options. */
  readonly value: string;
  readonly onChange: (value: T) => void;
}

export function Switch<T extends string>({ legend, options, value, onChange }: SwitchProps<T>) {
  const name = useId();
  return (
    <fieldset class="switch">
      <legend>{legend}</legend>
      {options.map((option) => (
        <label key={option.value}>
          <input
            type="radio"
            name={name}
            checked={option.value === value}
            onChange={() => onChange(option.value)}
          />
          <span>{option.title}</span>
        </label>
      ))}
    </fieldset>
  );
}
