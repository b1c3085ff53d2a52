import { describe, expect, it } from 'vitest';

import { createProgress, followStack } from './progress.ts';

describe('the list of steps', () => {
  it('gives back what a step gives, and marks it done', async () => {
    const output = recorder();

    const result = await createProgress(output).step('migrate', async () => await Promise.resolve(42));

    expect(result).toBe(42);
    expect(output.lines()).toEqual([expect.stringMatching(/^✔ migrate +0\.0 s$/)]);
  });

  it('throws on what a step throws, and marks it failed with the first line of the reason', async () => {
    const output = recorder();
    const progress = createProgress(output);

    const step = progress.step('migrate', async () => await Promise.reject(new Error('no database\nlog line')));

    await expect(step).rejects.toThrow('no database');
    expect(output.lines()).toEqual([expect.stringMatching(/^✖ migrate .*no database$/)]);
  });

  it('writes one plain line per change where there is no terminal', () => {
    const output = recorder();
    const step = createProgress(output).begin('Kafka');

    step.update('downloading');
    step.done('port 1');

    expect(output.lines()).toEqual([
      expect.stringMatching(/^… Kafka +0\.0 s {2}downloading$/),
      expect.stringMatching(/^✔ Kafka +0\.0 s {2}port 1$/),
    ]);
    expect(output.text()).not.toContain('\u001B');
  });

  it('draws over itself on a terminal and never wider than it', () => {
    const output = recorder({ isTTY: true, columns: 40 });
    const progress = createProgress(output);
    const first = progress.begin('Kafka');
    progress.begin('Redis');

    first.done('x'.repeat(100));
    progress.close();

    const lastDrawing = output.text().split('\u001B[2A').at(-1) ?? '';
    const lines = lastDrawing
      .trimEnd()
      .split('\n')
      .map((line) => line.replace('\u001B[2K', ''));
    expect(lines.map((line) => line.slice(0, 7))).toEqual(['✔ Kafka', expect.stringMatching(/^. Redis$/)]);
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThan(40);
  });

  it('ignores what happens to a step after its end and after the list was closed', () => {
    const output = recorder();
    const progress = createProgress(output);
    const step = progress.begin('Kafka');
    step.done();
    const before = output.text();

    step.fail('too late');
    progress.close();
    progress.begin('Redis').update('later');

    expect(output.text()).toBe(before);
  });

  it('shows each part of a stack as one step', () => {
    const output = recorder();
    const follow = followStack(createProgress(output));

    follow({ part: 'redis', state: 'preparing' });
    follow({ part: 'redis', state: 'starting' });
    follow({ part: 'redis', state: 'ready', detail: 'port 1' });
    follow({ part: 'kafka', state: 'failed', detail: 'no room' });

    expect(output.lines().map((line) => line.replace(/ +/g, ' '))).toEqual([
      '… Redis 0.0 s starting',
      '✔ Redis 0.0 s port 1',
      '✖ Kafka 0.0 s no room',
    ]);
  });
});

function recorder(terminal: { isTTY?: boolean; columns?: number } = {}) {
  const written: string[] = [];
  return {
    ...terminal,
    write: (text: string) => written.push(text),
    text: () => written.join(''),
    lines: () => written.join('').trimEnd().split('\n'),
  };
}
