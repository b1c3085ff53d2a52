/** Runs one tool as a child: with a deadline, with bounded output, and never left behind. */
import { spawn, type ChildProcess } from 'node:child_process';
import { delimiter, join, resolve } from 'node:path';

export const root = resolve(import.meta.dirname, '../..');

/** What a failing tool said last is what matters, so the beginning is dropped first. */
const outputLimitChars = 256 * 1024;
const killGraceMs = 10_000;

export interface Command {
  readonly program: string;
  readonly args: readonly string[];
  readonly deadlineMs: number;
  readonly signal: AbortSignal;
  /** Added to our own environment; undefined takes a variable away. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** True: its output goes straight to ours. Otherwise it is returned. */
  readonly live?: boolean;
}

export interface CommandResult {
  readonly succeeded: boolean;
  /** The captured output, then the reason when it did not end by itself. */
  readonly output: string;
}

/** Never rejects: a tool that cannot be started is a tool that failed. */
export async function runCommand(command: Command): Promise<CommandResult> {
  if (command.signal.aborted) return { succeeded: false, output: `${command.program}: interrupted` };
  // A process group of its own, so that ending it ends what it has started too.
  const child = spawn(command.program, command.args, {
    cwd: root,
    detached: true,
    stdio: ['ignore', command.live === true ? 'inherit' : 'pipe', command.live === true ? 'inherit' : 'pipe'],
    env: { ...process.env, PATH: toolPath(), ...command.env },
  });
  let output = '';
  const keep = (chunk: Buffer): void => {
    output = (output + chunk.toString('utf8')).slice(-outputLimitChars);
  };
  child.stdout?.on('data', keep);
  child.stderr?.on('data', keep);

  const ended = Promise.withResolvers<{ readonly succeeded: boolean; readonly why: string }>();
  child.once('error', (error) => ended.resolve({ succeeded: false, why: error.message }));
  child.once('close', (code, signal) => {
    ended.resolve({ succeeded: code === 0, why: signal === null ? '' : `ended by ${signal}` });
  });

  let reason = '';
  const stop = (why: string): void => {
    reason = why;
    endGroup(child);
  };
  const deadline = setTimeout(() => stop(`not finished after ${command.deadlineMs / 1000} s`), command.deadlineMs);
  const onAbort = (): void => stop('interrupted');
  command.signal.addEventListener('abort', onAbort, { once: true });
  const end = await ended.promise;
  clearTimeout(deadline);
  command.signal.removeEventListener('abort', onAbort);

  const why = reason === '' ? end.why : reason;
  return {
    succeeded: end.succeeded && reason === '',
    output: [output.trimEnd(), why === '' ? '' : `${command.program}: ${why}`].filter((text) => text !== '').join('\n'),
  };
}

/** The tools of this checkout first, as npm would do it, so that `node` is the pinned one. */
function toolPath(): string {
  return [join(root, 'node_modules/.bin'), process.env['PATH'] ?? ''].join(delimiter);
}

function endGroup(child: ChildProcess): void {
  signalGroup(child, 'SIGTERM');
  const last = setTimeout(() => signalGroup(child, 'SIGKILL'), killGraceMs);
  child.once('close', () => clearTimeout(last));
}

function signalGroup(child: ChildProcess, signal: NodeJS.Signals): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, signal);
  } catch {
    // Nobody of the group is left.
  }
}
