import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, fstatSync, mkdirSync, openSync } from 'node:fs';
import { dirname } from 'node:path';

import { TrunklineError } from '@trunkline/core';

import { lastWords } from './last-words.ts';
import { until } from './probe.ts';

export interface ServiceExit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** One service as a real process, the way it runs in production. */
export interface ServiceProcess {
  readonly name: string;
  readonly pid: number;
  /** Where it is asked: the base URL of webhooks at the ingress, `operatorUrl` at every other. */
  readonly url: string;
  /** Base URL of `/livez`, `/readyz`, `/metrics` and `/debug`. */
  readonly operatorUrl: string;
  readonly logFile: string;
  /** Resolves when `/readyz` says yes; rejects with its last words when the process ends first or the deadline passes. */
  ready(deadlineMs?: number): Promise<void>;
  kill(signal: NodeJS.Signals): void;
  /** SIGTERM, then SIGKILL when the deadline passes. Resolves with how it ended. */
  stop(deadlineMs?: number): Promise<ServiceExit>;
  readonly exited: Promise<ServiceExit>;
  hasExited(): boolean;
}

export interface ServiceStart {
  readonly name: string;
  /** Program and arguments, e.g. from `startCommand` of packages/runtime. */
  readonly command: readonly [string, ...string[]];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  readonly port: number;
  readonly operatorPort: number;
  readonly logFile: string;
}

/** A dozen times as long as it takes on two quiet cores: what ends is told at once, and what takes longer never comes. */
const readyDeadlineMs = 120_000;

/**
 * Starts a process whose end is tied to ours: it holds a pipe that closes with this process, however this one ends,
 * and `TRUNKLINE_PARENT_PIPE=1` tells it to stop then.
 */
export function startServiceProcess(start: ServiceStart): ServiceProcess {
  mkdirSync(dirname(start.logFile), { recursive: true });
  const log = openSync(start.logFile, 'a');
  // What stands before it was said by earlier processes.
  const logStart = fstatSync(log).size;
  const [program, ...args] = start.command;
  const child = spawn(program, args, {
    cwd: start.cwd,
    env: { ...start.env, TRUNKLINE_PARENT_PIPE: '1' },
    stdio: ['pipe', log, log],
    // A group of its own: a signal to ours is for us, who then end it in order.
    detached: true,
  });
  closeSync(log);
  // The pipe is only there to be closed; that a dead child's end of it breaks is told by `exited`.
  child.stdin?.on('error', () => undefined);
  const exited = exitOf(child);
  const pid = child.pid;
  if (pid === undefined)
    throw new TrunklineError('config_invalid', `cannot start ${start.name}: ${program} did not run`);
  const url = `http://127.0.0.1:${start.port}`;
  const operatorUrl = `http://127.0.0.1:${start.operatorPort}`;
  const hasExited = (): boolean => child.exitCode !== null || child.signalCode !== null;
  const failure = (
    what: string,
    cause?: unknown,
    words: string = lastWords(start.logFile, logStart),
  ): TrunklineError => {
    return new TrunklineError(
      'dependency_unavailable',
      `${start.name} ${what}: ${words}${words.includes('\n') ? '\n' : ' '}(its log: ${start.logFile})`,
      { cause },
    );
  };

  return {
    name: start.name,
    pid,
    url,
    operatorUrl,
    logFile: start.logFile,
    exited,
    hasExited,
    kill: (signal) => {
      child.kill(signal);
    },
    ready: async (deadlineMs = readyDeadlineMs) => {
      let lacks: string | undefined;
      const ready = await until(
        `${start.name} ready`,
        async () => {
          if (hasExited()) return 'ended';
          const answer = await fetch(`${operatorUrl}/readyz`, { signal: AbortSignal.timeout(2_000) });
          lacks = lacking(await answer.text());
          return answer.ok;
        },
        { deadlineMs, everyMs: 50 },
      ).catch((cause: unknown) => {
        throw failure(`was not ready within ${Math.round(deadlineMs / 1_000)} s`, cause, lacks);
      });
      if (ready === 'ended') throw failure('ended while starting');
    },
    stop: async (deadlineMs = 10_000) => {
      if (!hasExited()) child.kill('SIGTERM');
      const timer = setTimeout(() => child.kill('SIGKILL'), deadlineMs);
      const exit = await exited;
      clearTimeout(timer);
      return exit;
    },
  };
}

/** What a process that answers /readyz says it lacks; undefined where it does not say. */
function lacking(readiness: string): string | undefined {
  try {
    // Of packages/runtime, or of whatever else listens there, which the fallbacks cover.
    const { phase = '', checks = {} } = JSON.parse(readiness) as {
      readonly phase?: string;
      readonly checks?: Readonly<Record<string, { readonly ok: boolean; readonly detail?: string }>>;
    };
    const bad = Object.entries(checks).flatMap(([name, { ok, detail = 'not ready' }]) =>
      ok ? [] : [`${name}: ${detail}`],
    );
    const said = [phase, ...bad].filter((part) => part !== '').join('; ');
    return said === '' ? undefined : said;
  } catch {
    return undefined;
  }
}

async function exitOf(child: ChildProcess): Promise<ServiceExit> {
  const failed = once(child, 'error').then((): ServiceExit => ({ code: null, signal: null }));
  const ended = once(child, 'exit').then((): ServiceExit => ({ code: child.exitCode, signal: child.signalCode }));
  return Promise.race([ended, failed]);
}
