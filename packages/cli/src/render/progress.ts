import type { Progress } from '@trunkline/operations';

import { shorten } from './style.ts';

export interface ProgressStream {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): unknown;
}

const redrawEveryMs = 100;
const barWidth = 24;

/** One line on stderr that is drawn over and over. Off a terminal it writes nothing: a log is not a screen. */
export function createProgress(stream: ProgressStream, label: string, nowMs: () => number): Progress {
  if (stream.isTTY !== true) return { update: () => undefined, end: () => undefined };
  let drawnAtMs = -Infinity;
  let drawn = false;
  return {
    update(done, total) {
      const now = nowMs();
      if (now - drawnAtMs < redrawEveryMs && done !== total) return;
      drawnAtMs = now;
      drawn = true;
      stream.write(`\r\u001b[K${shorten(progressLine(label, done, total), (stream.columns ?? 80) - 1)}`);
    },
    end() {
      if (drawn) stream.write('\r\u001b[K');
      drawn = false;
    },
  };
}

/** `label  ████████░░░░  12/50`, or without a bar where the end is not known. */
export function progressLine(label: string, done: number, total: number | undefined): string {
  if (total === undefined) return `${label}  ${done}`;
  const share = total === 0 ? 1 : Math.min(1, done / total);
  const filled = Math.floor(share * barWidth);
  return `${label}  ${'█'.repeat(filled)}${'░'.repeat(barWidth - filled)}  ${done}/${total}`;
}
