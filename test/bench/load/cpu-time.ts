import { existsSync, readFileSync } from 'node:fs';

import { childPids } from '@trunkline/testkit';

/** Of Linux on every machine we know; `getconf CLK_TCK` would say. */
const ticksPerSecond = 100;

/** CPU seconds a process and its children have used so far, in user and kernel; NaN where there is no /proc to read it from. */
export function cpuSeconds(pid: number): number {
  const file = `/proc/${pid}/stat`;
  if (!existsSync(file)) return Number.NaN;
  // After the command in parentheses: the state is the first field, user and system time the twelfth and thirteenth.
  const fields = readFileSync(file, 'utf8').split(') ').at(-1)?.split(' ') ?? [];
  const own = (Number(fields[11]) + Number(fields[12])) / ticksPerSecond;
  return childPids(pid).reduce((sum, child) => sum + cpuSeconds(child), own);
}
