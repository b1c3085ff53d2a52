import { once } from 'node:events';
import { createServer, type Server } from 'node:net';

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

  it('are refused all at once where they are taken', async () => {
    const choice = choosePorts(['redis', 'zipkin'], { redis: takenPort, zipkin: takenPort });

    await expect(choice).rejects.toMatchObject({
      code: 'config_invalid',
      message: expect.stringMatching(/Redis wants it.*TRUNKLINE_REDIS_PORT.*Zipkin wants it.*TRUNKLINE_ZIPKIN_PORT/),
    });
  });
});
