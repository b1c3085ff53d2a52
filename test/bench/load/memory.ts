import { execFileSync } from 'node:child_process';

/** Resident memory of a process now, in megabytes (10⁶ bytes). */
export function residentMegabytes(pid: number): number {
  const kibibytes = Number(execFileSync('ps', ['-o', 'rss=', '-p', String(pid)], { encoding: 'utf8', timeout: 5_000 }));
  return (kibibytes * 1_024) / 1_000_000;
}
