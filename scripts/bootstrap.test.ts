import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chmod, copyFile, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

describe('the bootstrap', () => {
  let root: string;
  let started: ChildProcess[];

  beforeEach(async () => {
    started = [];
    root = await mkdtemp(join(tmpdir(), 'trunkline-bootstrap-'));
    await Promise.all(
      ['scripts', 'bin', 'node_modules/.bin'].map((folder) => mkdir(join(root, folder), { recursive: true })),
    );
    for (const file of ['bootstrap.mjs', 'lifeline.mjs']) {
      await copyFile(join(import.meta.dirname, file), join(root, 'scripts', file));
    }
    await symlink(process.execPath, join(root, 'node_modules', '.bin', 'node'));
    await lockOf('package-lock.json', '1.0.0');
    await lockOf('node_modules/.package-lock.json', '1.0.0');
    await npm('echo "npm $*" >> calls');
  });

  afterEach(async () => {
    for (const child of started) child.kill('SIGKILL');
    await rm(root, { recursive: true });
  });

  it('runs a TypeScript file with its arguments and ends with its exit code', async () => {
    await script('const given: string[] = process.argv.slice(2); console.log(given.join("+")); process.exitCode = 7;');

    const bootstrap = run('a', '--b');

    expect(await text(bootstrap.stdout)).toBe('a+--b\n');
    expect(bootstrap.exitCode ?? (await once(bootstrap, 'exit'))[0]).toBe(7);
  });

  it('gives Node the options in front of the file', async () => {
    await script('console.log(process.execArgv.includes("--max-semi-space-size=32"), process.argv.length);');

    const bootstrap = spawnBootstrap('--max-semi-space-size=32', 'script.ts');

    expect(await text(bootstrap.stdout)).toBe('true 2\n');
  });

  it('says how it is used where no file is named', async () => {
    for (const args of [[], ['--max-semi-space-size=32']])
      expect(await text(spawnBootstrap(...args).stderr)).toContain('usage: node scripts/bootstrap.mjs');
  });

  it('installs nothing while what is installed is what the lock file asks for', async () => {
    await script('');

    const [code] = await once(run(), 'exit');

    expect(code).toBe(0);
    await expect(calls()).rejects.toThrow('ENOENT');
  });

  it('installs once when the lock file has changed', async () => {
    await script('');
    await lockOf('package-lock.json', '2.0.0');

    const codes = [await once(run(), 'exit'), await once(run(), 'exit')].map(([code]) => code);

    expect(codes).toEqual([0, 0]);
    expect(await calls()).toMatch(/^npm ci [^\n]*\n$/);
  });

  it('says which command to repeat when the installation fails', async () => {
    await script('');
    await lockOf('package-lock.json', '2.0.0');
    await npm('exit 1');

    const bootstrap = run();

    expect(await text(bootstrap.stderr)).toContain(`cd ${root} && npm ci`);
    expect(bootstrap.exitCode ?? (await once(bootstrap, 'exit'))[0]).toBe(1);
  });

  it('passes a Ctrl-C on once, although the terminal and npm both send it, and waits for the script', async () => {
    await script(`
      let count = 0;
      process.on('SIGINT', () => {
        count += 1;
        console.log('interrupted');
        if (count === 1) setTimeout(() => { console.log('stopped by', count); process.exit(3); }, 200);
      });
      setInterval(() => {}, 1000);
      console.log('ready');`);
    const bootstrap = run();
    await once(bootstrap.stdout, 'data');

    bootstrap.kill('SIGINT');
    await once(bootstrap.stdout, 'data');
    bootstrap.kill('SIGINT');

    expect(await text(bootstrap.stdout)).toBe('stopped by 1\n');
    expect(bootstrap.exitCode ?? (await once(bootstrap, 'exit'))[0]).toBe(3);
  });

  it('kills a script that was asked to stop and does not end', async () => {
    const file = join(root, 'scripts', 'bootstrap.mjs');
    const patient = await readFile(file, 'utf8');
    await writeFile(file, patient.replace('lastResortMs = 60_000', 'lastResortMs = 1'));
    await script(`
      process.on('SIGINT', () => console.log('waits for ever'));
      setInterval(() => {}, 1000);
      console.log('ready');`);
    const bootstrap = run();
    await once(bootstrap.stdout, 'data');

    bootstrap.kill('SIGINT');

    expect(await text(bootstrap.stderr)).toMatch(/still running .* after SIGINT; killing it/);
    expect(bootstrap.signalCode ?? (await once(bootstrap, 'exit'))[1]).toBe('SIGKILL');
  });

  it('ends by the signal that ended the script', async () => {
    await script('process.kill(process.pid, "SIGKILL"); setInterval(() => {}, 1000);');

    const [, signal] = await once(run(), 'exit');

    expect(signal).toBe('SIGKILL');
  });

  it('lets the script stop in order when the bootstrap itself is killed with -9', async () => {
    await script(`
      process.on('SIGTERM', () => { console.log('asked to stop'); process.exit(0); });
      setInterval(() => {}, 1000);
      console.log('ready');`);
    const bootstrap = run();
    await once(bootstrap.stdout, 'data');

    bootstrap.kill('SIGKILL');

    expect(await text(bootstrap.stdout)).toBe('asked to stop\n');
  });

  it('lets the script stop in order when npm is killed with -9, with a shell in between', async () => {
    await script(`
      process.on('SIGTERM', () => { console.log('asked to stop'); process.exit(0); });
      setInterval(() => {}, 1000);
      console.log('ready');`);
    const bootstrap = [process.execPath, join(root, 'scripts', 'bootstrap.mjs'), 'script.ts'].join(' ');
    // The commands after it keep each shell from becoming the bootstrap itself.
    const npmLike = spawn('sh', ['-c', `sh -c '${bootstrap}; true'; true`], {
      cwd: root,
      env: { PATH: '/usr/bin:/bin', npm_lifecycle_event: 'start' },
    });
    started.push(npmLike);
    await once(npmLike.stdout, 'data');

    npmLike.kill('SIGKILL');

    expect(await text(npmLike.stdout)).toBe('asked to stop\n');
  });

  function run(...args: string[]) {
    return spawnBootstrap('script.ts', ...args);
  }

  function spawnBootstrap(...args: string[]) {
    const child = spawn(process.execPath, [join(root, 'scripts', 'bootstrap.mjs'), ...args], {
      cwd: root,
      env: { PATH: `${join(root, 'bin')}:/usr/bin:/bin` },
    });
    started.push(child);
    return child;
  }

  async function script(source: string): Promise<void> {
    await writeFile(join(root, 'script.ts'), source);
  }

  async function npm(commands: string): Promise<void> {
    await writeFile(join(root, 'bin', 'npm'), `#!/bin/sh\n${commands}\n`);
    await chmod(join(root, 'bin', 'npm'), 0o755);
  }

  async function calls(): Promise<string> {
    return await readFile(join(root, 'calls'), 'utf8');
  }

  async function lockOf(file: string, version: string): Promise<void> {
    await writeFile(join(root, file), JSON.stringify({ packages: { 'node_modules/thing': { version } } }));
  }
});
