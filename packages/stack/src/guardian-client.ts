/** The parent's side of the guardian: starts it, asks it, and notices when it is gone. */
import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { TrunklineError, withinMs } from '@trunkline/core';

import type { FromGuardian, Launch, ToGuardian } from './guardian-messages.ts';

type Exited = Extract<FromGuardian, { type: 'exited' }>;
type Answer = Extract<FromGuardian, { type: 'answer' }>;

export interface Guardian {
  /** Runs the server and answers with its pid; `onExit` of the guardian tells when it ends. */
  launch(launch: Launch): Promise<number>;
  signal(part: string, signal: NodeJS.Signals): Promise<void>;
  /** Resolves when the part is gone. */
  stop(part: string, graceMs: number): Promise<void>;
  /** Stops every part in order and ends the guardian. */
  shutdown(deadlineMs: number): Promise<void>;
}

export interface GuardianOptions {
  readonly statePath: string;
  readonly logFolder: string;
  readonly env: Readonly<Record<string, string>>;
  readonly onExit: (exited: Exited) => void;
  /** The guardian itself ended although nobody asked it to: its servers have no keeper any more. `shutdown` waits for this. */
  readonly onLost: () => Promise<void>;
}

const answerDeadlineMs = 10_000;

/** Starts a guardian and waits until it has written its pid file. */
export async function startGuardian(options: GuardianOptions): Promise<Guardian> {
  const child = forkGuardian(options);
  const waiting = new Map<number, (answer: Answer) => void>();
  const ended = Promise.withResolvers<void>();
  const listening = Promise.withResolvers<void>();
  let asked = false;
  // Whoever calls shutdown hears about a failure; a stack that nobody stops any more is not worth a crash.
  ended.promise.catch(() => undefined);
  let lastId = 0;

  child.on('exit', () => {
    for (const [id, resolve] of waiting) resolve({ type: 'answer', id, error: 'the guardian process ended' });
    if (asked) ended.resolve();
    else options.onLost().then(ended.resolve, ended.reject);
    listening.reject(
      new TrunklineError(
        'dependency_unavailable',
        `the guardian process of the stack ended at once, see ${options.logFolder}/guardian.log`,
      ),
    );
  });
  child.on('message', (raw) => {
    // The other end is our own code of the same version, so a message needs no validation.
    const message = raw as FromGuardian;
    if (message.type === 'listening') listening.resolve();
    else if (message.type === 'answer') waiting.get(message.id)?.(message);
    else options.onExit(message);
  });

  const ask = async (build: (id: number) => ToGuardian, deadlineMs: number): Promise<number | undefined> => {
    // Its exit event has answered those who waited then; nobody would answer this one.
    if (!child.connected)
      throw new TrunklineError('config_invalid', 'the guardian process of the stack has ended, and the stack with it');
    lastId += 1;
    const id = lastId;
    const answered = new Promise<Answer>((resolve) => waiting.set(id, resolve));
    send(child, build(id));
    const answer = await withinMs(answered, deadlineMs, 'the guardian process of the stack').finally(() =>
      waiting.delete(id),
    );
    if (answer.error !== undefined) throw new TrunklineError('dependency_unavailable', answer.error);
    return answer.pid;
  };

  await withinMs(listening.promise, answerDeadlineMs, 'the guardian process of the stack');
  return {
    launch: async (launch) => (await ask((id) => ({ type: 'launch', id, launch }), answerDeadlineMs)) ?? 0,
    signal: async (part, signal) => {
      await ask((id) => ({ type: 'signal', id, part, signal }), answerDeadlineMs);
    },
    stop: async (part, graceMs) => {
      await ask((id) => ({ type: 'stop', id, part }), graceMs + answerDeadlineMs);
    },
    shutdown: async (deadlineMs) => {
      asked = true;
      send(child, { type: 'shutdown' });
      await withinMs(ended.promise, deadlineMs, 'stopping the stack');
    },
  };
}

function forkGuardian(options: GuardianOptions): ChildProcess {
  // The same file name with the same ending as this one: .ts from source, .js from dist.
  const path = fileURLToPath(import.meta.url).replace('guardian-client', 'guardian');
  const log = openSync(join(options.logFolder, 'guardian.log'), 'w');
  try {
    return fork(path, [options.statePath], {
      // Its own session: signals of the terminal go to the parent only, which then stops the stack in order.
      detached: true,
      execArgv: [],
      env: { ...options.env },
      stdio: ['ignore', log, log, 'ipc'],
    });
  } finally {
    closeSync(log);
  }
}

function send(child: ChildProcess, message: ToGuardian): void {
  // A failed send means that the guardian is gone; its 'exit' event answers everyone who waits.
  if (child.connected) child.send(message, () => undefined);
}
