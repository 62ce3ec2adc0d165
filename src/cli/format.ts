/** Numbers as people read them. */

/** 1,456 */
export function count(value: number): string {
  return value.toLocaleString('en-US');
}

/** "1 picture", "3 pictures" */
export function counted(value: number, singular: string, plural = `${singular}s`): string {
  return `${count(value)} ${value === 1 ? singular : plural}`;
}

/** 7 s, 2 min 05 s, 1 h 12 min */
export function duration(milliseconds: number): string {
  const seconds = Math.round(milliseconds / 1000);
  if (milliseconds < 1000) return `${Math.round(milliseconds)} ms`;
  if (milliseconds < 9_950) return `${(milliseconds / 1000).toFixed(1)} s`;
  if (seconds < 60) return `${seconds} s`;
  const two = (value: number) => String(value).padStart(2, '0');
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ${two(seconds % 60)} s`;
  return `${Math.floor(seconds / 3600)} h ${two(Math.floor((seconds % 3600) / 60))} min`;
}

/** What a person wants to know of the time left: whole seconds, at least one. */
export function timeLeft(milliseconds: number): string {
  return milliseconds < 59_500 ? `${Math.max(1, Math.round(milliseconds / 1000))} s` : duration(milliseconds);
}

/** Things a second: 112/s, 3.4/s */
export function rate(perSecond: number): string {
  return `${perSecond < 9.95 ? perSecond.toFixed(1) : count(Math.round(perSecond))}/s`;
}

/** 11.4 MB: powers of 1000, as file managers and shops count. */
export function bytes(size: number): string {
  if (size < 1000) return `${size} B`;
  const units = ['kB', 'MB', 'GB', 'TB'];
  const power = Math.min(units.length, Math.floor(Math.log10(size) / 3));
  const value = size / 1000 ** power;
  return `${value < 99.95 ? value.toFixed(1) : Math.round(value)} ${units[power - 1]!}`;
}

/** 2026-03-01 14:05, local time */
export function time(milliseconds: number): string {
  const date = new Date(milliseconds);
  const two = (value: number) => String(value).padStart(2, '0');
  const day = `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
  return `${day} ${two(date.getHours())}:${two(date.getMinutes())}`;
}

/** "61.4 %" */
export const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;
