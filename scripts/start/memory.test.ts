import { fork } from 'node:child_process';
import { once } from 'node:events';

import { expect, it } from 'vitest';

import { memoryOfTree } from './memory.ts';

// Only Linux says it; elsewhere the screen says nothing of memory.
it.runIf(process.platform === 'linux')('counts what a process has started with what it holds itself', async () => {
  const alone = memoryOfTree(process.pid) ?? 0;
  const holding = `const held = Buffer.alloc(200_000_000, 1); process.send(held.length); process.on('disconnect', process.exit)`;
  const child = fork('-', [], { execArgv: ['--eval', holding] });
  try {
    await once(child, 'message');

    const together = memoryOfTree(process.pid) ?? 0;

    expect(together - alone).toBeGreaterThan(200_000_000);
    expect(memoryOfTree(child.pid ?? 0)).toBeLessThan(together);
  } finally {
    child.disconnect();
    await once(child, 'exit');
  }
});
