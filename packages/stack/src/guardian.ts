/**
 * The guardian: the parent of every server of one stack, and nothing else. It is a process of its own because a parent
 * that is killed with -9 cannot clean up after itself: when the pipe to it closes, for whatever reason, the guardian stops
 * all servers in order and exits. It runs in its own session, so a Ctrl-C in the terminal does not reach it or the servers.
 *
 * Started by guardian-client.ts as `node guardian.ts <pid file>`; it needs nothing but Node and its sibling files.
 */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { closeSync, openSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';

import type { FromGuardian, Launch, StackState, ToGuardian } from './guardian-messages.ts';
import { identify, signalFamily, trySignal } from './processes.ts';
import type { ProcessIdentity } from './processes.ts';

interface Child {
  readonly launch: Launch;
  readonly process: ChildProcess;
  readonly identity: ProcessIdentity;
  readonly gone: Promise<void>;
}

const children = new Map<string, Child>();
let shutdown: Promise<void> | undefined;

main(process.argv[2]);

function main(statePath: string | undefined): void {
  const owner = identify(process.ppid);
  const self = identify(process.pid);
  // Without an owner the pipe is closed already: nothing was started, so there is nothing to do.
  if (statePath === undefined || owner === undefined || self === undefined) process.exit(1);
  const save = (): void =>
    writeState(statePath, { owner, guardian: self, children: [...children.values()].map(toState) });
  const leave = (): void => {
    shutdown ??= stopAll().then(() => {
      rmSync(statePath, { force: true });
      process.exit(0);
    });
  };

  process.on('disconnect', leave);
  process.on('SIGTERM', leave);
  process.on('SIGINT', leave);
  process.on('SIGHUP', () => undefined);
  // The parent is our own code of the same version, so a message needs no validation.
  process.on('message', (message) => receive(message as ToGuardian, { save, leave }));
  save();
  send({ type: 'listening' });
}

interface Duties {
  readonly save: () => void;
  readonly leave: () => void;
}

function receive(message: ToGuardian, duties: Duties): void {
  switch (message.type) {
    case 'launch':
      answer(message.id, () => launch(message.launch, duties.save));
      return;
    case 'signal':
      answer(message.id, () => {
        const child = children.get(message.part);
        if (child === undefined) throw new Error(`${message.part} does not run`);
        signalChild(child, message.signal);
        return child.identity.pid;
      });
      return;
    case 'stop':
      stop(message.part).then(
        () => send({ type: 'answer', id: message.id }),
        (error: unknown) => send({ type: 'answer', id: message.id, error: String(error) }),
      );
      return;
    case 'shutdown':
      duties.leave();
      return;
    default:
      message satisfies never;
  }
}

function answer(id: number, run: () => number): void {
  try {
    send({ type: 'answer', id, pid: run() });
  } catch (error) {
    send({ type: 'answer', id, error: error instanceof Error ? error.message : String(error) });
  }
}

function launch(plan: Launch, save: () => void): number {
  if (shutdown !== undefined) throw new Error('the stack is stopping');
  if (children.has(plan.part)) throw new Error(`${plan.part} runs already`);
  const log = openSync(plan.logPath, 'a');
  const started = spawn(plan.command, plan.args, {
    cwd: plan.cwd,
    env: plan.env,
    stdio: ['ignore', log, log],
    ...(plan.uid === undefined ? {} : { uid: plan.uid }),
    ...(plan.gid === undefined ? {} : { gid: plan.gid }),
  });
  closeSync(log);
  const { pid } = started;
  if (pid === undefined) {
    // The reason comes with the error event; the caller needs it now, and it is nearly always this one.
    started.on('error', () => undefined);
    throw new Error(`cannot run ${plan.command}`);
  }
  // A server that has already ended again keeps its entry until its exit event, which is next.
  const identity = identify(pid) ?? { pid, startedAt: 'ended' };
  const gone = new Promise<void>((resolve) => {
    started.on('exit', (code, signal) => {
      children.delete(plan.part);
      save();
      send({ type: 'exited', part: plan.part, pid, code, signal });
      resolve();
    });
  });
  children.set(plan.part, { launch: plan, process: started, identity, gone });
  save();
  return pid;
}

async function stop(part: string): Promise<void> {
  const child = children.get(part);
  if (child === undefined) return;
  trySignal(child.identity.pid, child.launch.stopSignal);
  // A frozen server would never see the signal.
  signalFamily(child.identity.pid, 'SIGCONT');
  const timer = new AbortController();
  await Promise.race([
    child.gone,
    delay(child.launch.graceMs, undefined, { signal: timer.signal }).catch(() => undefined),
  ]);
  timer.abort();
  if (children.get(part) === child) signalFamily(child.identity.pid, 'SIGKILL');
  await child.gone;
}

async function stopAll(): Promise<void> {
  const ranks = [...new Set([...children.values()].map((child) => child.launch.rank))].sort((a, b) => b - a);
  for (const rank of ranks) {
    const parts = [...children.values()]
      .filter((child) => child.launch.rank === rank)
      .map((child) => child.launch.part);
    await Promise.all(parts.map(stop));
  }
}

function signalChild(child: Child, signal: NodeJS.Signals): void {
  const wholeFamily = signal === 'SIGKILL' || signal === 'SIGSTOP' || signal === 'SIGCONT';
  if (wholeFamily) signalFamily(child.identity.pid, signal);
  else trySignal(child.identity.pid, signal);
}

function toState(child: Child): StackState['children'][number] {
  const { part, stopSignal, graceMs, rank } = child.launch;
  return { ...child.identity, part, stopSignal, graceMs, rank };
}

/** Whole or not at all: a reader after a crash never sees half a file. */
function writeState(path: string, state: StackState): void {
  const temporary = `${path}.${process.pid}`;
  writeFileSync(temporary, JSON.stringify(state, undefined, 2), { mode: 0o600 });
  renameSync(temporary, path);
}

function send(message: FromGuardian): void {
  // The parent may be gone: then nobody waits for the answer, and 'disconnect' ends us.
  if (process.connected) process.send?.(message, undefined, undefined, () => undefined);
}
