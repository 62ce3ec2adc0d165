/** How a long run shows that it lives: a bar on a terminal, now and then a line in a log, JSON lines with --json. */
import { performance } from 'node:perf_hooks';
import { SingleBar } from 'cli-progress';
import type { Progress } from '../core/progress.ts';
import { bytes, count, rate, timeLeft } from './format.ts';
import type { Output } from './output.ts';
import { RateMeter } from './rate-meter.ts';
import { shortened } from './table.ts';

export interface ProgressDisplay {
  readonly onProgress: (progress: Progress) => void;
  /** Takes the bar away. May be called twice. */
  stop(): void;
}

export interface ProgressWords {
  /** What happens: Indexing. */
  readonly title: string;
  /** What is counted; bytes are written as MB. */
  readonly unit: 'pictures' | 'bytes' | 'steps' | 'pairs';
}

/** The same for a command whose --json is one document, and which is mostly over before anybody looks for a bar. */
export function showLaterProgress(out: Output, words: ProgressWords): ProgressDisplay {
  if (out.json) return { onProgress: () => undefined, stop: () => undefined };
  const start = performance.now();
  const display = showProgress(out, words);
  return {
    onProgress: (progress) => {
      if (performance.now() - start > patienceMs) display.onProgress(progress);
    },
    stop: () => display.stop(),
  };
}

const patienceMs = 700;

/** In a log, a line so often is enough. */
const lineEveryMs = 10_000;
const eventEveryMs = 1000;

export function showProgress(out: Output, words: ProgressWords): ProgressDisplay {
  let meter = new RateMeter();
  let phase: string | undefined;
  const text = (progress: Progress) => progressText(progress, words, meter);
  const show = out.json
    ? showEvents(out)
    : out.io.stderr.isTTY
      ? showBar(out, words, text)
      : showLines(out, words, text);
  return {
    onProgress: (progress) => {
      const now = performance.now();
      // Each phase counts from 0.
      if (progress.phase !== phase) meter = new RateMeter();
      phase = progress.phase;
      meter.add(now, progress.done);
      show.update(progress, now);
    },
    stop: () => show.stop(),
  };
}

type ProgressText = (progress: Progress) => string;

interface Show {
  update(progress: Progress, now: number): void;
  stop(): void;
}

function showEvents(out: Output): Show {
  let told = -Infinity;
  return {
    update(progress, now) {
      if (now - told < eventEveryMs) return;
      told = now;
      out.event({ event: 'progress', ...progress });
    },
    stop: () => undefined,
  };
}

function showLines(out: Output, words: ProgressWords, text: ProgressText): Show {
  let told = performance.now();
  return {
    update(progress, now) {
      if (now - told < lineEveryMs) return;
      told = now;
      out.notice(`${words.title}: ${text(progress)}`);
    },
    stop: () => undefined,
  };
}

function showBar(out: Output, words: ProgressWords, text: ProgressText): Show {
  const { stderr } = out.io;
  let latest: Progress | undefined;
  const draw = () => shortened(barText(latest, words, text), (stderr.columns || 80) - 1);
  const bar = new SingleBar({
    stream: stderr as NodeJS.WritableStream,
    format: draw,
    clearOnComplete: true,
    hideCursor: false,
    linewrap: true,
    fps: 8,
  });
  return {
    update(progress) {
      if (!latest) bar.start(progress.total ?? 0, progress.done);
      latest = progress;
      bar.update(progress.done);
    },
    stop: () => bar.stop(),
  };
}

const barCells = 24;

function barText(progress: Progress | undefined, words: ProgressWords, text: ProgressText): string {
  if (!progress) return words.title;
  const share = shareOf(progress);
  if (share === undefined) return `${words.title}  ${text(progress)}`;
  const filled = Math.round(share * barCells);
  const bar = '█'.repeat(filled) + '░'.repeat(barCells - filled);
  return `${words.title}  ${bar}  ${text(progress)}`;
}

/** 45 %  645 of 1,456  112/s  7 s left  3 failed */
export function progressText(progress: Progress, { unit }: ProgressWords, meter: RateMeter): string {
  const { done, total, failed = 0 } = progress;
  const amount = (value: number) => (unit === 'bytes' ? bytes(value) : count(value));
  const share = shareOf(progress);
  const perSecond = meter.perSecond;
  const left = total === undefined ? undefined : meter.timeLeft(total);
  const parts = [
    share === undefined ? '' : `${Math.floor(share * 100)} %`.padStart(5),
    total === undefined
      ? `${amount(done)} ${unit === 'bytes' ? '' : unit}`.trim()
      : `${amount(done)} of ${amount(total)}`,
    perSecond === undefined ? '' : unit === 'bytes' ? `${bytes(Math.round(perSecond))}/s` : rate(perSecond),
    left === undefined ? '' : `${timeLeft(left)} left`,
    failed > 0 ? `${count(failed)} failed` : '',
  ];
  return parts.filter((part) => part !== '').join('  ');
}

function shareOf({ done, total }: Progress): number | undefined {
  return total === undefined || total === 0 ? undefined : Math.min(1, done / total);
}
