import { describe, expect, it } from 'vitest';

import { type Command, runCommand } from '../../scripts/steps/command.ts';

const never = new AbortController().signal;

function nodeRunning(source: string, more: Partial<Command> = {}): Command {
  return { program: 'node', args: ['-e', source], deadlineMs: 10_000, signal: never, ...more };
}

/** Starts a grandchild that holds the same output open, so that only the end of both ends the output. */
const parentOfSleeper = `
  require('node:child_process').spawn('sleep', ['60'], { stdio: 'inherit' });
  setInterval(() => {}, 1000);
`;

describe('a tool', () => {
  it('has succeeded when it exits with 0, and its output is kept', async () => {
    const result = await runCommand(nodeRunning('console.log("out"); console.error("err")'));

    expect(result.succeeded).toBe(true);
    expect(result.output.split('\n').toSorted()).toEqual(['err', 'out']);
  });

  it('has failed when it exits with another code', async () => {
    expect((await runCommand(nodeRunning('process.exit(3)'))).succeeded).toBe(false);
  });

  it('has failed when it cannot be started', async () => {
    const result = await runCommand(nodeRunning('', { program: 'no-such-tool' }));

    expect(result.succeeded).toBe(false);
    expect(result.output).toContain('ENOENT');
  });

  it('is ended at its deadline together with what it has started', async () => {
    const result = await runCommand(nodeRunning(parentOfSleeper, { deadlineMs: 1_000 }));

    expect(result.succeeded).toBe(false);
    expect(result.output).toContain('not finished after 1 s');
  });

  it('is not started once we were interrupted', async () => {
    const result = await runCommand(nodeRunning('console.log("ran")', { signal: AbortSignal.abort() }));

    expect(result).toEqual({ succeeded: false, output: 'node: interrupted' });
  });

  it('runs under the pinned Node, whatever ours is', async () => {
    expect((await runCommand(nodeRunning('console.log(process.versions.node)'))).output).toMatch(/^26\./);
  });

  it('keeps the last of a long output', async () => {
    const { output } = await runCommand(nodeRunning('console.log("x".repeat(1e6)); console.log("last")'));

    expect(output.length).toBeLessThanOrEqual(256 * 1024);
    expect(output).toMatch(/last$/);
  });
});
