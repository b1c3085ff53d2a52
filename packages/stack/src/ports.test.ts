import { once } from 'node:events';
import { type AddressInfo, createServer, type Server } from 'node:net';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { choosePorts, freePort, isFree } from './ports.ts';

describe('the ports of the stack', () => {
  let stranger: Server;
  let takenPort: number;

  beforeEach(async () => {
    stranger = createServer().listen(0, '127.0.0.1');
    await once(stranger, 'listening');
    const address = stranger.address();
    takenPort = typeof address === 'object' ? (address?.port ?? 0) : 0;
  });

  afterEach(async () => {
    stranger.close();
    await once(stranger, 'close');
  });

  it('are free ones, outside the range for outgoing connections, where none is given', async () => {
    const ports = await choosePorts(['kafka', 'redis'], {});

    expect(await isFree(ports.kafka)).toBe(true);
    expect(Math.max(ports.kafka, ports.redis)).toBeLessThan(30_000);
    expect(ports.kafka).not.toBe(ports.redis);
  });

  it('are the given ones where they are free', async () => {
    const port = await freePort();

    const ports = await choosePorts(['redis'], { redis: port });

    expect(ports.redis).toBe(port);
  });

  it('are refused all at once where they are taken, with other ones to copy that are free', async () => {
    const second = createServer().listen(0, '127.0.0.1');
    await once(second, 'listening');
    const other = (second.address() as AddressInfo).port;

    const choice = choosePorts(['redis', 'zipkin'], { redis: takenPort, zipkin: other });

    const problem = await choice.then(
      () => undefined,
      (error: unknown) => error,
    );
    await once(second.close(), 'close');
    expect(problem).toMatchObject({
      code: 'config_invalid',
      message: expect.stringMatching(
        new RegExp(
          `port ${takenPort}, which Redis wants, is taken; port ${other}, which Zipkin wants, is taken: .*npm start$`,
        ),
      ),
    });
    const offered = [...String(problem).matchAll(/TRUNKLINE_(?:REDIS|ZIPKIN)_PORT=(\d+)/g)].map(([, port]) =>
      Number(port),
    );
    expect(offered).toHaveLength(2);
    expect(await Promise.all(offered.map(isFree))).toEqual([true, true]);
  });

  it('are refused where two want the same', async () => {
    const port = await freePort();

    const choice = choosePorts(['redis', 'zipkin'], { redis: port, zipkin: port });

    await expect(choice).rejects.toMatchObject({
      message: expect.stringMatching(
        new RegExp(`Zipkin and Redis both want port ${port}: .*TRUNKLINE_ZIPKIN_PORT=\\d+`),
      ),
    });
  });
});
