import { existsSync, readFileSync } from 'node:fs';

import { childPids } from '@trunkline/testkit';

/** Of Linux on every machine we know; `getconf CLK_TCK` would say. */
const ticksPerSecond = 100;

/**
 * CPU seconds a process and its children have used so far, in user and kernel, those of children that have ended and were
 * waited for included (proc_pid_stat(5) of Linux); NaN where there is no /proc to read it from.
 */
export function cpuSeconds(pid: number): number {
  const file = `/proc/${pid}/stat`;
  if (!existsSync(file)) return Number.NaN;
  // After the command in parentheses: the state is the first field; user and system time are the twelfth and thirteenth,
  // those of ended children the two after them.
  const fields = readFileSync(file, 'utf8').split(') ').at(-1)?.split(' ') ?? [];
  const own = sum(fields.slice(11, 15)) / ticksPerSecond;
  return childPids(pid).reduce((total, child) => total + (cpuSeconds(child) || 0), own);
}

/**
 * CPU seconds all processors of the machine were busy so far, or taken by another machine on the same host: everything of
 * /proc/stat but idle and waiting for a disk (proc_stat(5)); NaN where there is none.
 */
export function machineCpuSeconds(): number {
  if (!existsSync('/proc/stat')) return Number.NaN;
  const [, ...fields] = (readFileSync('/proc/stat', 'utf8').split('\n')[0] ?? '').split(/\s+/);
  const [user = '', nice = '', system = '', , , irq = '', softIrq = '', steal = ''] = fields;
  return sum([user, nice, system, irq, softIrq, steal]) / ticksPerSecond;
}

function sum(ticks: readonly string[]): number {
  return ticks.reduce((total, one) => total + Number(one), 0);
}
