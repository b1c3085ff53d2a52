import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';

import { describe, expect, it, onTestFinished } from 'vitest';

import { unlessStopped } from './signals.ts';

const never = new Promise<never>(() => undefined);

describe('a run that is asked to stop', () => {
  it('is ended at the deadline where something waits for ever', async () => {
    const run = start(`
      const signal = stopSignal({ onFirst: () => console.log('stopping'), atOnce: (why) => { console.log(why); process.exit(7); }, withinMs: 1 });
      process.kill(process.pid, 'SIGTERM');`);

    expect(await text(run.stdout)).toBe('stopping\nlate\n');
    expect(run.exitCode ?? (await once(run, 'exit'))[0]).toBe(7);
  });

  it('is asked by the end of whoever reads what it prints, too', async () => {
    const run = start(`
      const signal = stopSignal({ onFirst: () => console.error('stopping'), atOnce: () => process.exit(7), withinMs: 60_000 });
      signal.addEventListener('abort', () => process.exit(3));
      process.once('SIGUSR2', () => console.log('news'));
      console.log('ready');`);
    await once(run.stdout, 'data');

    run.stdout.destroy();
    await once(run.stdout, 'close');
    run.kill('SIGUSR2');

    expect(await text(run.stderr)).toBe('stopping\n');
    expect(run.exitCode ?? (await once(run, 'exit'))[0]).toBe(3);
  });
});

describe('work that is given up when the run is stopped', () => {
  it('answers as it does while nobody stops', async () => {
    const { signal } = new AbortController();

    await expect(unlessStopped(signal, () => Promise.resolve(7))).resolves.toBe(7);
    await expect(unlessStopped(signal, () => Promise.reject(new Error('no')))).rejects.toThrow('no');
  });

  it('is waited for no longer once it is stopped', async () => {
    const stop = new AbortController();
    const work = unlessStopped(stop.signal, () => never);

    stop.abort(new Error('stopped by SIGINT'));

    await expect(work).rejects.toThrow('stopped by SIGINT');
  });

  it('is not even begun after that', async () => {
    let begun = false;
    const begin = (): Promise<void> => {
      begun = true;
      return Promise.resolve();
    };

    await expect(unlessStopped(AbortSignal.abort(new Error('stopped')), begin)).rejects.toThrow('stopped');
    expect(begun).toBe(false);
  });
});

/** A process that runs this with `stopSignal` and does not end by itself. */
function start(source: string) {
  const module = JSON.stringify(join(import.meta.dirname, 'signals.ts'));
  const script = `import { stopSignal } from ${module};\n${source}\nsetInterval(() => {}, 1000);`;
  const child = spawn(process.execPath, ['--input-type=module', '--eval', script], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  onTestFinished(() => {
    child.kill('SIGKILL');
  });
  return child;
}
