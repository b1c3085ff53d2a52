import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';

import { expect, it } from 'vitest';

import { childPids, openSockets, residentBytes } from './process-usage.ts';

it('counts the sockets of a process, and sees one more when it opens one', async (context) => {
  if (process.platform !== 'linux') context.skip('cannot run here: there is no /proc');
  const before = openSockets(process.pid) ?? Number.NaN;

  const server = createServer();
  await once(server.listen(0, '127.0.0.1'), 'listening');

  expect(openSockets(process.pid)).toBe(before + 1);
  await once(server.close(), 'close');
});

it('counts what its children have, while they run', async (context) => {
  if (process.platform !== 'linux') context.skip('cannot run here: there is no /proc');
  const parent = spawn(process.execPath, ['-e', startsAnother], { stdio: ['pipe', 'pipe', 'inherit'] });
  const [child = ''] = await once(parent.stdout, 'data')
    .then(String)
    .then((text) => text.split('\n'));
  const pid = parent.pid ?? 0;

  const [all = 0, ofChild = 0] = [residentBytes(pid), residentBytes(Number(child))];
  const children = childPids(pid);
  parent.stdin.end();
  await once(parent, 'exit');

  expect(children).toEqual([Number(child)]);
  expect(ofChild).toBeGreaterThan(0);
  expect(all).toBeGreaterThan(ofChild * 1.5);
  expect(childPids(pid)).toEqual([]);
});

/** A process like itself, which ends with it. */
const startsAnother = `
  const child = require('node:child_process').spawn(process.execPath, ['-e', 'process.stdin.resume(); console.log("up")']);
  child.stdout.once('data', () => console.log(child.pid));
  process.stdin.resume().on('end', () => { child.on('exit', () => process.exit()); child.kill('SIGKILL'); });
`;

it('reads the resident memory of a process, and knows nothing of one that is not there', (context) => {
  if (process.platform !== 'linux') context.skip('cannot run here: there is no /proc');

  const bytes = residentBytes(process.pid);

  // What Node itself measures a moment later differs by what was allocated meanwhile.
  expect(bytes).toBeGreaterThan(process.memoryUsage.rss() / 2);
  expect(bytes).toBeLessThan(process.memoryUsage.rss() * 2);
  // Above the largest pid that Linux gives out.
  expect([residentBytes(2 ** 23), openSockets(2 ** 23)]).toEqual([undefined, undefined]);
});
