/** What went wrong, or that there is nothing: in the reader's words first, then in the server's, and with a way on. */
import type { ComponentChildren } from 'preact';
import type { Problem } from '../api/client.ts';
import type { Speech } from '../i18n/language.tsx';
import { useSpeech } from '../i18n/language.tsx';

export function Notice({
  title,
  children,
}: {
  readonly title: string;
  readonly children?: ComponentChildren;
}) {
  return (
    <div class="notice">
      <p class="notice-title">{title}</p>
      {children}
    </div>
  );
}

export function ProblemNotice({
  problem,
  onRetry,
}: {
  readonly problem: Problem;
  readonly onRetry?: () => void;
}) {
  const speech = useSpeech();
  const help = problem.code === 'NETWORK' ? speech.say('error.networkHelp') : problem.message;
  return (
    <div role="alert">
      <Notice title={headingOf(problem, speech)}>
        {help && <p class="help">{help}</p>}
        <p class="code">{speech.say('error.code', { code: problem.code })}</p>
        {onRetry && (
          <button type="button" onClick={onRetry}>
            {speech.say('retry')}
          </button>
        )}
      </Notice>
    </div>
  );
}

export function headingOf({ code, status }: Problem, { say }: Speech): string {
  if (code === 'NETWORK') return say('error.network');
  if (code === 'QUERY_GONE') return say('error.gone');
  if (code.startsWith('IMAGE_') || code === 'CROP_OUTSIDE') return say('error.picture');
  return status === 503 || status === 429 ? say('error.busy') : say('error.title');
}
