import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

/**
 * What the kernel says under `/proc` about a process and its children, which are its workers; undefined where there is none
 * (macOS), or no such process.
 */
export function residentBytes(pid: number): number | undefined {
  return withChildren(pid, (one) => {
    const kibibytes = /^VmRSS:\s+(\d+) kB$/m.exec(textOf(`/proc/${one}/status`))?.[1];
    return kibibytes === undefined ? undefined : Number(kibibytes) * 1024;
  });
}

/** Their sockets of every kind, listening ones and pipes to a parent included. */
export function openSockets(pid: number): number | undefined {
  return withChildren(pid, socketsOf);
}

/** The processes that a process has started and that still run. */
export function childPids(pid: number): readonly number[] {
  return textOf(`/proc/${pid}/task/${pid}/children`).split(' ').filter(Boolean).map(Number);
}

/** A child may end meanwhile, and then counts nothing. */
function withChildren(pid: number, look: (pid: number) => number | undefined): number | undefined {
  const own = look(pid);
  if (own === undefined) return undefined;
  return childPids(pid).reduce((sum, child) => sum + (withChildren(child, look) ?? 0), own);
}

function socketsOf(pid: number): number | undefined {
  const folder = `/proc/${pid}/fd`;
  try {
    return readdirSync(folder).filter((name) => targetOf(`${folder}/${name}`).startsWith('socket:')).length;
  } catch {
    return undefined;
  }
}

function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

/** A descriptor may be closed between listing and reading. */
function targetOf(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return '';
  }
}
