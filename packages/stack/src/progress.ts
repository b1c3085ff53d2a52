/** A list of steps for people: what, state, seconds. Updated in place on a terminal, one line per change elsewhere. */
import { performance } from 'node:perf_hooks';

import { messageOf } from '@trunkline/core';

import { partTitles } from './types.ts';
import type { StackPart, StackProgress } from './types.ts';

/** What we need of process.stderr. */
export interface ProgressOutput {
  write(text: string): unknown;
  readonly isTTY?: boolean;
  readonly columns?: number;
}

/** One running step. Exactly one of `done` and `fail` ends it; later calls do nothing. */
export interface ProgressStep {
  update(detail: string): void;
  done(detail?: string): void;
  fail(reason: string): void;
}

export interface Progress {
  begin(name: string): ProgressStep;
  /** Runs something as a step: done when it resolves, failed (and thrown on) when it rejects. */
  step<T>(name: string, run: (step: ProgressStep) => Promise<T>): Promise<T>;
  /** Steps that still run are left as they are; nothing is written after this. */
  close(): void;
}

interface Row {
  readonly name: string;
  readonly startedAtMs: number;
  state: 'running' | 'done' | 'failed';
  detail: string;
  endedAtMs: number | undefined;
}

const frameMs = 100;
const spinner = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'] as const;
const defaultColumns = 80;
const nameWidth = 18;

export function createProgress(output: ProgressOutput): Progress {
  const rows: Row[] = [];
  const view = output.isTTY === true ? terminalView(output, rows) : lineView(output);
  let open = true;

  const begin = (name: string): ProgressStep => {
    const row: Row = { name, startedAtMs: performance.now(), state: 'running', detail: '', endedAtMs: undefined };
    rows.push(row);
    const change = (next: { state: Row['state']; detail: string }): void => {
      if (!open || row.state !== 'running') return;
      row.state = next.state;
      row.detail = next.detail;
      if (next.state !== 'running') row.endedAtMs = performance.now();
      view.changed(row);
    };
    if (open) view.changed(row);
    return {
      update: (detail) => change({ state: 'running', detail }),
      done: (detail = '') => change({ state: 'done', detail }),
      fail: (reason) => change({ state: 'failed', detail: reason }),
    };
  };

  return {
    begin,
    step: async (name, run) => {
      const step = begin(name);
      try {
        const result = await run(step);
        step.done();
        return result;
      } catch (error) {
        step.fail(messageOf(error));
        throw error;
      }
    },
    close: () => {
      // Drawn once more, the list would overwrite what was printed below it since.
      if (!open) return;
      open = false;
      view.close();
    },
  };
}

/** Turns a stack's events into steps, one per part. */
export function followStack(progress: Progress): (event: StackProgress) => void {
  const steps = new Map<StackPart, ProgressStep>();
  return (event) => {
    const step = steps.get(event.part) ?? progress.begin(partTitles[event.part]);
    steps.set(event.part, step);
    if (event.state === 'ready') step.done(event.detail);
    else if (event.state === 'failed') step.fail(event.detail ?? 'failed');
    // The first line of a part is worth a line when something takes long; that it is being prepared is not.
    else if (event.detail !== undefined || event.state === 'starting') step.update(event.detail ?? event.state);
  };
}

interface View {
  changed(row: Row): void;
  close(): void;
}

function lineView(output: ProgressOutput): View {
  return {
    changed: (row) => {
      if (row.state === 'running' && row.detail === '') return;
      output.write(`${render(row, row.state === 'running' ? '…' : undefined)}\n`);
    },
    close: () => undefined,
  };
}

/** Draws all rows of the list again, over the last drawing. */
function terminalView(output: ProgressOutput, rows: readonly Row[]): View {
  let drawnLines = 0;
  let frame = 0;
  let timer: NodeJS.Timeout | undefined;
  const draw = (): void => {
    // A terminal of unknown size says 0.
    const width = Math.max(output.columns || defaultColumns, nameWidth);
    const spin = spinner[frame % spinner.length] ?? '…';
    const lines = rows.map((row) => render(row, row.state === 'running' ? spin : undefined).slice(0, width - 1));
    const up = drawnLines === 0 ? '' : `\u001B[${drawnLines}A`;
    output.write(`${up}${lines.map((line) => `\u001B[2K${line}\n`).join('')}`);
    drawnLines = lines.length;
  };
  const tick = (): void => {
    frame += 1;
    draw();
  };
  return {
    changed: () => {
      timer ??= setInterval(tick, frameMs).unref();
      draw();
    },
    close: () => {
      clearInterval(timer);
      if (drawnLines > 0) draw();
    },
  };
}

/** One row as text. Only the first line of a detail fits; the error itself is printed elsewhere. */
function render(row: Row, running: string | undefined): string {
  const mark = running ?? (row.state === 'done' ? '✔' : '✖');
  const seconds = (((row.endedAtMs ?? performance.now()) - row.startedAtMs) / 1000).toFixed(1);
  const [detail = ''] = row.detail.split('\n');
  return `${mark} ${row.name.padEnd(nameWidth)} ${`${seconds} s`.padStart(7)}  ${detail}`.trimEnd();
}
