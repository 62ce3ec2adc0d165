/** What hits must be like: values and ranges of the metadata that the catalogue really has, a least score, one hit a product. */
import { useState } from 'preact/hooks';
import { facets } from '../api/client.ts';
import type { Facet, Info } from '../api/types.ts';
import type { Conditions, Range } from '../ask/ask.ts';
import { countConditions, noConditions } from '../ask/ask.ts';
import { filterOf } from '../ask/request.ts';
import { useSpeech } from '../i18n/language.tsx';
import { fieldTitle } from '../ui/facts.tsx';
import { useLoad } from '../ui/use-load.ts';

interface FilterProps {
  readonly conditions: Conditions;
  readonly onChange: (change: Partial<Conditions>) => void;
}

export interface FiltersProps extends FilterProps {
  readonly info: Pick<Info, 'categoryField' | 'order'> | undefined;
}

export function Filters({ conditions, info, onChange }: FiltersProps) {
  const speech = useSpeech();
  const { say } = speech;
  // What can be chosen stays where it is; how much of it there is under the other conditions follows.
  const filter = filterOf(conditions);
  const { value: fields = [] } = useLoad(() => facets({}), []);
  const { value: counted = fields } = useLoad(() => facets(filter), [JSON.stringify(filter)]);
  const [open, setOpen] = useState(matchMedia('(min-width: 48rem)').matches);
  const count = countConditions(conditions);
  // What the server agrees on unasked, or else what things are.
  const usualField = info?.order.agreeOn ?? '';
  const agreeField = usualField || (info?.categoryField ?? '');
  return (
    <details class="filters" open={open} onToggle={({ currentTarget }) => setOpen(currentTarget.open)}>
      <summary>{count === 0 ? say('filter.title') : say('filter.open', { count })}</summary>
      <div class="filter-body">
        {count > 0 && (
          <button type="button" class="small" onClick={() => onChange(noConditions)}>
            {say('filter.clear')}
          </button>
        )}
        {(['byProduct', 'closely'] as const).map((name) => (
          <label key={name} class="check-line">
            <input
              type="checkbox"
              checked={conditions[name] ?? (info?.order.rerank ?? 0) > 0}
              onChange={({ currentTarget }) => onChange({ [name]: currentTarget.checked })}
            />
            {say(`filter.${name}`)}
          </label>
        ))}
        {agreeField !== '' && fields.some(({ name }) => name === agreeField) && (
          <label class="check-line">
            <input
              type="checkbox"
              checked={(conditions.agreeOn ?? usualField) !== ''}
              onChange={({ currentTarget }) => onChange({ agreeOn: currentTarget.checked ? agreeField : '' })}
            />
            {say('filter.agreeing', { field: fieldTitle(agreeField, speech).toLowerCase() })}
          </label>
        )}
        <ScoreCut value={conditions.minScore} onChange={(minScore) => onChange({ minScore })} />
        {fields.map((field) =>
          isRange(field) ? (
            <RangeFilter key={field.name} field={field} conditions={conditions} onChange={onChange} />
          ) : (
            isChoice(field) && (
              <ValueFilter
                key={field.name}
                field={field}
                counted={counted.find(({ name }) => name === field.name)}
                conditions={conditions}
                onChange={onChange}
              />
            )
          ),
        )}
      </div>
    </details>
  );
}

/** Few enough values to tick; with more, the server sends the most frequent ones only. */
const isChoice = ({ distinct, values }: Facet): boolean => distinct > 1 && distinct <= values.length;
const isRange = ({ min, max, distinct }: Facet): boolean =>
  min !== undefined && max !== undefined && min < max && distinct > 5;

function ScoreCut({
  value,
  onChange,
}: {
  readonly value: number;
  readonly onChange: (value: number) => void;
}) {
  const { say, number } = useSpeech();
  const [moving, setMoving] = useState<number>();
  return (
    <label class="score-cut">
      <span>
        {say('filter.minScore')} <span class="number">{number(moving ?? value, 2)}</span>
      </span>
      <input
        type="range"
        min="0"
        max="1"
        step="0.01"
        value={moving ?? value}
        onInput={({ currentTarget }) => setMoving(Number(currentTarget.value))}
        onChange={({ currentTarget }) => {
          setMoving(undefined);
          onChange(Number(currentTarget.value));
        }}
      />
    </label>
  );
}

/** Fields may be called as objects' own methods are. */
const ownValues = ({ values }: Conditions, name: string) =>
  Object.hasOwn(values, name) ? values[name]! : [];
const ownRange = ({ ranges }: Conditions, name: string): Range =>
  Object.hasOwn(ranges, name) ? ranges[name]! : {};

type FieldProps = FilterProps & { readonly field: Facet };

interface ValueFilterProps extends FieldProps {
  /** The field as it is under the other conditions. */
  readonly counted: Facet | undefined;
}

function ValueFilter({ field: { name, values }, counted, conditions, onChange }: ValueFilterProps) {
  const speech = useSpeech();
  const { say, number } = speech;
  const [all, setAll] = useState(false);
  const chosen = ownValues(conditions, name);
  const countOf = (value: unknown): number =>
    counted?.values.find((other) => other.value === value)?.count ?? 0;
  const few = 6;
  const toggle = (value: string | number | boolean, on: boolean): void => {
    const { [name]: _, ...others } = conditions.values;
    const next = on ? [...chosen, value] : chosen.filter((other) => other !== value);
    onChange({ values: next.length > 0 ? { ...others, [name]: next } : others });
  };
  return (
    <fieldset class="facet">
      <legend>{fieldTitle(name, speech)}</legend>
      {values
        .filter(({ value }, i) => all || i < few || chosen.includes(value))
        .map(({ value }) => (
          <label
            class={countOf(value) > 0 || chosen.includes(value) ? 'check-line' : 'check-line faint'}
            key={String(value)}
          >
            <input
              type="checkbox"
              checked={chosen.includes(value)}
              onChange={({ currentTarget }) => toggle(value, currentTarget.checked)}
            />
            {String(value)} <span class="soft">{number(countOf(value))}</span>
          </label>
        ))}
      {values.length > few && (
        <button type="button" class="plain small" aria-expanded={all} onClick={() => setAll(!all)}>
          {all ? say('filter.less') : say('filter.more', { count: values.length })}
        </button>
      )}
    </fieldset>
  );
}

function RangeFilter({ field, conditions, onChange }: FieldProps) {
  const speech = useSpeech();
  const { say } = speech;
  const { name } = field;
  const range = ownRange(conditions, name);
  const title = fieldTitle(name, speech);
  const change = (end: keyof Range, text: string): void => {
    const { [name]: _, ...others } = conditions.ranges;
    const { [end]: _old, ...rest } = range;
    const next: Range = text === '' ? rest : { ...rest, [end]: Number(text) };
    onChange({ ranges: Object.keys(next).length > 0 ? { ...others, [name]: next } : others });
  };
  return (
    <fieldset class="facet">
      <legend>{title}</legend>
      <div class="range">
        {(['min', 'max'] as const).map((end) => (
          <input
            key={end}
            type="number"
            step="any"
            aria-label={say(end === 'min' ? 'filter.from' : 'filter.to', { field: title })}
            placeholder={String(field[end])}
            value={range[end] ?? ''}
            onChange={({ currentTarget }) => change(end, currentTarget.value)}
          />
        ))}
      </div>
    </fieldset>
  );
}
