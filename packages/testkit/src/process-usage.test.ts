import { once } from 'node:events';
import { createServer } from 'node:net';

import { expect, it } from 'vitest';

import { openSockets, residentBytes } from './process-usage.ts';

it('counts the sockets of a process, and sees one more when it opens one', async (context) => {
  if (process.platform !== 'linux') context.skip('cannot run here: there is no /proc');
  const before = openSockets(process.pid) ?? Number.NaN;

  const server = createServer();
  await once(server.listen(0, '127.0.0.1'), 'listening');

  expect(openSockets(process.pid)).toBe(before + 1);
  await once(server.close(), 'close');
});

it('reads the resident memory of a process, and knows nothing of one that is not there', (context) => {
  if (process.platform !== 'linux') context.skip('cannot run here: there is no /proc');

  const bytes = residentBytes(process.pid);

  // What Node itself measures a moment later differs by what was allocated meanwhile.
  expect(bytes).toBeGreaterThan(process.memoryUsage.rss() / 2);
  expect(bytes).toBeLessThan(process.memoryUsage.rss() * 2);
  // Above the largest pid that Linux gives out.
  expect([residentBytes(2 ** 23), openSockets(2 ** 23)]).toEqual([undefined, undefined]);
});
