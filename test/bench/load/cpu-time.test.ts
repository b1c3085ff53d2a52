import { spawnSync } from 'node:child_process';

import { expect, it } from 'vitest';

import { cpuSeconds, machineCpuSeconds } from './cpu-time.ts';

it('counts what a child used after it has ended, for the process and for the machine', (context) => {
  if (process.platform !== 'linux') context.skip('cannot run here: there is no /proc');
  const ours = cpuSeconds(process.pid);
  const machine = machineCpuSeconds();

  spawnSync(process.execPath, ['-e', 'while (process.cpuUsage().user < 300_000);']);

  expect(cpuSeconds(process.pid) - ours).toBeGreaterThan(0.25);
  expect(machineCpuSeconds() - machine).toBeGreaterThan(0.2);
});
