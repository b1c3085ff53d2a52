/** What runs on this machine and what it holds, asked from outside. */
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { createServer } from 'node:net';

const psDeadlineMs = 10_000;

/** The processes with this text in their command line, this one left out, as `<pid> <command line>`. */
export function processesMentioning(text: string): readonly string[] {
  return commandLines().filter((line) => line.includes(text) && !line.startsWith(`${process.pid} `));
}

/** Ends them without asking: for what a failed test has left behind. The text must be one that only they can have. */
export function killProcessesMentioning(text: string): void {
  for (const line of processesMentioning(text)) killIfThere(Number.parseInt(line, 10));
}

function killIfThere(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has ended since it was listed.
  }
}

/** Memory that a process holds in RAM. */
export function residentBytes(pid: number): number {
  if (!existsSync('/proc')) return Number(ps('-o', 'rss=', '-p', String(pid))) * 1024;
  const kibibytes = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  return Number(kibibytes) * 1024;
}

/** Listens on a free port until `close`, so that it is taken. */
export async function occupyPort(): Promise<{ readonly port: number; close(): Promise<void> }> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  return {
    port: address !== null && typeof address === 'object' ? address.port : 0,
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}

function commandLines(): readonly string[] {
  if (!existsSync('/proc'))
    return ps('-A', '-ww', '-o', 'pid=,command=')
      .split('\n')
      .map((line) => line.trim());
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((pid) => `${pid} ${commandLine(pid)}`);
}

function commandLine(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
  } catch {
    // It has ended since it was listed.
    return '';
  }
}

function ps(...args: readonly string[]): string {
  return execFileSync('ps', args, { encoding: 'utf8', timeout: psDeadlineMs });
}
