/**
 * What the operating system says about processes. Imported by the guardian, so it needs nothing but Node.
 *
 * A pid alone names nobody: after a crash or a reboot it may belong to a stranger. We therefore remember with each pid
 * when that process started, and only ever signal a pid whose start time still matches.
 */
import { execFileSync } from 'node:child_process';
import { readFileSync, readdirSync } from 'node:fs';

/** A process and the proof that it is still the same one. */
export interface ProcessIdentity {
  readonly pid: number;
  /** Opaque; equal for the life of a process and different for any other that reuses its pid. */
  readonly startedAt: string;
}

const psTimeoutMs = 5_000;

/** The start of the process with this pid, or undefined when there is none (a zombie counts as none). */
export function startOf(pid: number): string | undefined {
  return process.platform === 'linux' ? linuxStartOf(pid) : psStartOf(pid);
}

export function isSameProcess(identity: ProcessIdentity): boolean {
  return startOf(identity.pid) === identity.startedAt;
}

/** undefined when the process is already gone. */
export function identify(pid: number): ProcessIdentity | undefined {
  const startedAt = startOf(pid);
  return startedAt === undefined ? undefined : { pid, startedAt };
}

/** The direct children of a process: PostgreSQL's backends leave their parent's process group, so a group signal misses them. */
export function childrenOf(parentPid: number): number[] {
  const table = process.platform === 'linux' ? linuxParents() : psParents();
  return table.filter((row) => row.parentPid === parentPid).map((row) => row.pid);
}

/** Sends a signal; false when there is no such process any more. */
export function trySignal(pid: number, signal: NodeJS.Signals): boolean {
  try {
    return process.kill(pid, signal);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ESRCH') return false;
    throw error;
  }
}

/** Sends a signal to a process and its direct children. */
export function signalFamily(pid: number, signal: NodeJS.Signals): void {
  // Read the children first: killing the parent gives them another one. The parent gets the signal first, so that it starts no more.
  const children = childrenOf(pid);
  trySignal(pid, signal);
  for (const child of children) trySignal(child, signal);
}

interface ParentRow {
  readonly pid: number;
  readonly parentPid: number;
}

/** Fields of /proc/<pid>/stat after the command, whose parentheses may contain anything: [0] state, [1] ppid, [19] start in ticks since boot. */
function linuxStat(pid: number | string): string[] | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  } catch {
    // Gone between listing and reading, or never there: both mean "no such process".
    return undefined;
  }
}

function linuxStartOf(pid: number): string | undefined {
  const fields = linuxStat(pid);
  if (fields === undefined || fields[0] === 'Z' || fields[0] === 'X') return undefined;
  // Ticks count from boot, so the boot must be part of the identity.
  const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
  return `${boot}:${fields[19]}`;
}

function linuxParents(): ParentRow[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((name) => ({ pid: Number(name), parentPid: Number(linuxStat(name)?.[1] ?? -1) }));
}

function psStartOf(pid: number): string | undefined {
  const line = ps(['-o', 'stat=,lstart=', '-p', String(pid)]).trim();
  return line === '' || line.startsWith('Z') ? undefined : line.replace(/^\S+\s+/, '');
}

function psParents(): ParentRow[] {
  return ps(['-A', '-o', 'pid=,ppid='])
    .trim()
    .split('\n')
    .map((line) => line.trim().split(/\s+/).map(Number))
    .map(([pid = -1, parentPid = -1]) => ({ pid, parentPid }));
}

function ps(args: readonly string[]): string {
  try {
    return execFileSync('ps', args, {
      encoding: 'utf8',
      timeout: psTimeoutMs,
      env: { LC_ALL: 'C', PATH: '/bin:/usr/bin' },
    });
  } catch (error) {
    // ps answers 1 when nothing matches.
    if (error instanceof Error && 'status' in error && error.status === 1) return '';
    throw error;
  }
}
