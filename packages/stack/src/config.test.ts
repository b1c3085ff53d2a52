import { describe, expect, it } from 'vitest';

import { cacheDirOf, endpointsFromEnv, stablePortsOf, stackKindOf } from './config.ts';
import { endpointsOf } from './endpoints.ts';
import { stackExports } from './exports.ts';
import { resolveStack } from './resolve-stack.ts';

const given = {
  TRUNKLINE_STACK: 'env',
  TRUNKLINE_KAFKA_BROKERS: 'a:1,b:2',
  TRUNKLINE_REGISTRY_URL: 'http://registry',
  TRUNKLINE_POSTGRES_ADMIN_URL: 'postgresql://postgres',
  TRUNKLINE_REDIS_URL: 'redis://redis',
  TRUNKLINE_ZIPKIN_URL: 'http://zipkin',
};

describe('which stack is used', () => {
  it('is the embedded one unless something else is asked for', () => {
    expect([stackKindOf({}), stackKindOf({ TRUNKLINE_STACK: '' }), stackKindOf(given)]).toEqual([
      'embedded',
      'embedded',
      'env',
    ]);
  });

  it('is refused with all choices when it is unknown', () => {
    expect(() => stackKindOf({ TRUNKLINE_STACK: 'podman' })).toThrow(/'podman'.*embedded.*env.*docker/);
  });

  it('is the given one, described as such, with TRUNKLINE_STACK=env', async () => {
    const stack = await resolveStack({ env: given, dataDir: '/nowhere', ports: 'free' });

    expect(stack.kind).toBe('env');
    expect(stack.endpoints).toMatchObject({
      kafkaBrokers: 'a:1,b:2',
      registryUrl: 'http://registry',
      zipkinUrl: 'http://zipkin',
    });
    await expect(stack.stop()).resolves.toBeUndefined();
  });

  it('cannot be stopped part by part when it is not ours', async () => {
    const stack = await resolveStack({ env: given, dataDir: '/nowhere', ports: 'free' });

    expect(() => stack.part('kafka')).toThrow(expect.objectContaining({ code: 'config_invalid' }));
  });

  it('names every missing variable at once', () => {
    expect(() => endpointsFromEnv({ TRUNKLINE_REDIS_URL: 'redis://' }, ['kafka', 'redis', 'zipkin'])).toThrow(
      /TRUNKLINE_KAFKA_BROKERS, TRUNKLINE_ZIPKIN_URL/,
    );
  });

  it('asks only for the parts that are wanted', () => {
    expect(endpointsFromEnv({ TRUNKLINE_REDIS_URL: 'redis://' }, ['redis'])).toEqual({ redisUrl: 'redis://' });
  });
});

describe('the endpoints of a stack', () => {
  it('throw when a part that was not started is asked for, and are silent about it otherwise', () => {
    const endpoints = endpointsOf({ redisUrl: 'redis://' });

    expect(() => endpoints.kafkaBrokers).toThrow(expect.objectContaining({ code: 'config_invalid' }));
    expect({ ...endpoints }).toEqual({ redisUrl: 'redis://' });
  });

  it('are printed as the variables that another shell needs', async () => {
    const stack = await resolveStack({ env: given, dataDir: '/nowhere', ports: 'free' });

    const printed = Object.fromEntries(
      stackExports(stack).map((line) => [
        /^export (\w+)=/.exec(line)?.[1],
        line.replace(/^[^=]*=/, '').replaceAll("'", ''),
      ]),
    );

    expect(printed).toEqual(given);
  });
});

describe('the settings of the embedded stack', () => {
  it('move one port and leave the others where they are', () => {
    const ports = stablePortsOf({ TRUNKLINE_KAFKA_PORT: '29092' });

    expect(ports).toEqual({ ...stablePortsOf({}), kafka: 29_092 });
  });

  it('move together by an offset, but for those that have a variable of their own', () => {
    const ports = stablePortsOf({ TRUNKLINE_PORT_OFFSET: '100', TRUNKLINE_KAFKA_PORT: '29092' });

    const { kafka, ...others } = stablePortsOf({});
    expect(kafka).toBe(19_092);
    expect(ports).toEqual({
      kafka: 29_092,
      ...Object.fromEntries(Object.entries(others).map(([part, port]) => [part, port + 100])),
    });
  });

  it.each(['x', '-1', '1e3', '60000'])('refuse %s as an offset', (offset) => {
    expect(() => stablePortsOf({ TRUNKLINE_PORT_OFFSET: offset })).toThrow(/TRUNKLINE_PORT_OFFSET is .*0 to 46000/);
  });

  it.each(['0', '65536', 'x', '1.5', '-1'])('refuse %s as a port', (port) => {
    expect(() => stablePortsOf({ TRUNKLINE_REDIS_PORT: port })).toThrow(
      expect.objectContaining({ code: 'config_invalid' }),
    );
  });

  it.each([
    [{ TRUNKLINE_CACHE: '/c' }, '/c'],
    [{ XDG_CACHE_HOME: '/x' }, '/x/trunkline'],
    [{}, '/home/me/.cache/trunkline'],
  ])('keep downloads for %o in %s', (env, folder) => {
    expect(cacheDirOf(env, '/home/me')).toBe(folder);
  });
});
