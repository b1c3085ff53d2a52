import { existsSync, readFileSync } from 'node:fs';

/**
 * Milliseconds a process's main thread was ready to run and had to wait for a CPU, so far: the second figure of
 * /proc/<pid>/schedstat (Documentation/scheduler/sched-stats.rst of Linux). NaN where there is none to read it from.
 */
export function cpuWaitMs(pid: number): number {
  const file = `/proc/${pid}/schedstat`;
  if (!existsSync(file)) return Number.NaN;
  return Number(readFileSync(file, 'utf8').split(' ')[1]) / 1e6;
}
