/** One server as a process: started through the guardian, asked until it answers, and started again on demand. */
import { setTimeout as delay } from 'node:timers/promises';

import { TrunklineError } from '@trunkline/core';

import type { Guardian } from './guardian-client.ts';
import type { PartPlan } from './parts/plan.ts';
import { rotateLog, tailOf } from './server-log.ts';
import { partTitles } from './types.ts';
import type { StackPart, StackPartHandle } from './types.ts';
import { waitForProbe } from './wait-for-probe.ts';

export interface PartProcess extends StackPartHandle {
  /** Launches it and waits until it answers. */
  start(signal?: AbortSignal): Promise<void>;
  /** The whole stack is being stopped: its end is expected from now on. */
  expectEnd(): void;
  /** To be called when the guardian saw the process end. */
  ended(how: string): void;
}

// A cold JVM beside many others on two slow cores took more than 120 s; twice that means it will never come.
const readyDeadlineMs = 240_000;
const killDeadlineMs = 10_000;

interface Running {
  pid: number | undefined;
  /** False while it starts, whose failure has its own report, and once its end was asked for. */
  shouldRun: boolean;
  readonly ended: PromiseWithResolvers<string>;
}

export interface PartProcessOptions {
  readonly guardian: Guardian;
  /** The server ended while it was ready and nobody had stopped or killed it through its handle. */
  readonly onUnexpectedEnd: (how: string) => void;
}

export function createPartProcess(part: StackPart, plan: PartPlan, options: PartProcessOptions): PartProcess {
  const { launch, probe } = plan;
  const { guardian } = options;
  let running: Running | undefined;

  const fail = async (what: string, cause?: unknown): Promise<never> => {
    const tail = await tailOf(launch.logPath);
    throw new TrunklineError(
      'dependency_unavailable',
      `${partTitles[part]} ${what}${cause instanceof Error ? `: ${cause.message}` : ''}. Its log, ${launch.logPath}, ends with:\n${tail === '' ? '(nothing)' : tail}`,
      { cause },
    );
  };

  /** Ready, or failed with the log: whatever comes first of its answer, its end, the deadline and the abort. */
  const untilReady = async (current: Running, signal: AbortSignal | undefined): Promise<void> => {
    const over = new AbortController();
    const stop = signal === undefined ? over.signal : AbortSignal.any([over.signal, signal]);
    const answered = waitForProbe(probe, { what: 'it', deadlineMs: readyDeadlineMs, signal: stop }).then(
      () => undefined,
    );
    let how: string | undefined;
    try {
      how = await Promise.race([answered, current.ended.promise]);
    } catch (error) {
      signal?.throwIfAborted();
      await fail('did not start', error);
    } finally {
      over.abort();
      // When the end came first, the wait is still to be told; its abort is no news.
      answered.catch(() => undefined);
    }
    if (how !== undefined) await fail(`ended while starting (${how})`);
  };

  const handle: PartProcess = {
    part,
    get pid() {
      return running?.pid;
    },
    async start(signal) {
      if (running !== undefined) return;
      await rotateLog(launch.logPath);
      // Known as running before the guardian answers, so that an end right after the start is not missed.
      const current: Running = { pid: undefined, shouldRun: false, ended: Promise.withResolvers<string>() };
      running = current;
      try {
        current.pid = await guardian.launch(launch);
      } catch (error) {
        running = undefined;
        throw error;
      }
      await untilReady(current, signal);
      current.shouldRun = true;
    },
    expectEnd() {
      if (running !== undefined) running.shouldRun = false;
    },
    ended(how) {
      // The guardian reports in order and refuses to run a part twice, so this is always the end of the current process.
      const current = running;
      running = undefined;
      current?.ended.resolve(how);
      if (current?.shouldRun === true) options.onUnexpectedEnd(how);
    },
    async stop() {
      if (running === undefined) return;
      running.shouldRun = false;
      await guardian.stop(launch.part, launch.graceMs);
    },
    async kill(signal) {
      const current = running;
      if (current === undefined) throw notRunning(part);
      if (signal !== 'SIGSTOP' && signal !== 'SIGCONT') current.shouldRun = false;
      await guardian.signal(launch.part, signal);
      if (signal === 'SIGKILL') await Promise.race([current.ended.promise, delay(killDeadlineMs)]);
    },
    async restart() {
      await handle.stop();
      await handle.start();
    },
    freeze: async () => await handle.kill('SIGSTOP'),
    thaw: async () => await handle.kill('SIGCONT'),
  };
  return handle;
}

function notRunning(part: StackPart): TrunklineError {
  return new TrunklineError('config_invalid', `${partTitles[part]} does not run`);
}
