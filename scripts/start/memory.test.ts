import { fork } from 'node:child_process';
import { once } from 'node:events';

import { expect, it } from 'vitest';

import { memoryOfTree } from './memory.ts';

const leaf = `const held = Buffer.alloc(200_000_000, 1); process.send(held.length); process.on('disconnect', process.exit)`;
/** Holds half as much itself, and has a child that holds the rest. */
const parent = `const held = Buffer.alloc(100_000_000, 1);
  const child = require('node:child_process').fork('-', [], { execArgv: ['--eval', ${JSON.stringify(leaf)}] });
  child.once('message', (bytes) => process.send(bytes + held.length));
  process.on('disconnect', process.exit)`;

// Only Linux says it; elsewhere the screen says nothing of memory.
it.runIf(process.platform === 'linux')('counts what a process has started with what it holds itself', async () => {
  const started = fork('-', [], { execArgv: ['--eval', parent] });
  try {
    const [held] = await once(started, 'message');

    // What this process holds comes and goes with the tests beside it.
    expect(held).toBe(300_000_000);
    expect(memoryOfTree(started.pid ?? 0)).toBeGreaterThan(300_000_000);
    expect(memoryOfTree(process.pid)).toBeGreaterThan(300_000_000);
  } finally {
    started.disconnect();
    await once(started, 'exit');
  }
});
