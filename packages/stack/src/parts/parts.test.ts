import { describe, expect, it } from 'vitest';

import { kafkaContainerEnv } from '../docker-images.ts';
import { isController, kafkaMessageMaxBytes, type KafkaNode, serverProperties } from './kafka-properties.ts';
import { newClusterId } from './kafka.ts';
import { serverEnv } from './plan.ts';
import { mayPass, parseUser } from './postgres-user.ts';

const node: KafkaNode = { id: 1, folder: '/data', main: 1, controller: 2, proxy: undefined };

describe('the broker', () => {
  it('takes the largest record that a topic may ask for: 8 MiB, 128 KiB around it and 64 KiB for a retry', () => {
    const properties = propertiesOf(serverProperties(node, [node]));

    expect(kafkaMessageMaxBytes).toBe(8_388_608 + 131_072 + 65_536);
    expect(properties).toMatchObject({
      'message.max.bytes': String(kafkaMessageMaxBytes),
      'replica.fetch.max.bytes': String(kafkaMessageMaxBytes),
      'auto.create.topics.enable': 'false',
    });
  });

  it('has a listener behind the proxy only when one is asked for', () => {
    const without = propertiesOf(serverProperties(node, [node]));
    const behind = { ...node, proxy: { bind: 3, advertised: 4 } };
    const withProxy = propertiesOf(serverProperties(behind, [behind]));

    expect(without['advertised.listeners']).toBe('PLAINTEXT://127.0.0.1:1');
    expect(withProxy['advertised.listeners']).toBe('PLAINTEXT://127.0.0.1:1,PROXY://127.0.0.1:4');
    expect(withProxy['listeners']).toContain('PROXY://127.0.0.1:3');
  });

  it('decides alone while there are two, so that the death of the second leaves a controller', () => {
    const controllers = [1, 2, 3, 4].map((count) =>
      [1, 2, 3, 4].filter((id) => id <= count && isController(id, count)),
    );

    expect(controllers).toEqual([[1], [1], [1, 2, 3], [1, 2, 3]]);
  });

  it('shares the internal topics with the others, so that they outlive it', () => {
    const second = { ...node, id: 2, main: 5, controller: undefined };
    const properties = propertiesOf(serverProperties(second, [node, second]));

    expect(properties).toMatchObject({
      'process.roles': 'broker',
      'node.id': '2',
      'controller.quorum.voters': '1@127.0.0.1:2',
      'offsets.topic.replication.factor': '2',
    });
  });

  it('has a cluster id that no tool can take for an option', () => {
    const ids = Array.from({ length: 2_000 }, newClusterId);

    expect(ids.filter((id) => id.startsWith('-'))).toEqual([]);
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids.every((id) => Buffer.from(id, 'base64url').length === 16)).toBe(true);
  });

  it('is set the same in a container', () => {
    const environment = kafkaContainerEnv({ main: 19_092, proxy: undefined });

    expect(environment).toMatchObject({
      KAFKA_MESSAGE_MAX_BYTES: String(kafkaMessageMaxBytes),
      KAFKA_AUTO_CREATE_TOPICS_ENABLE: 'false',
      KAFKA_ADVERTISED_LISTENERS: 'PLAINTEXT://localhost:19092,INTERNAL://localhost:9094',
    });
  });
});

describe('a server', () => {
  it('does not see variables that would change what is started', () => {
    const env = serverEnv({ PATH: '/bin', KAFKA_OPTS: '-Dx', PGDATA: '/elsewhere' }, { PORT: '1' });

    expect(env).toEqual({ PATH: '/bin', LC_ALL: 'C', TZ: 'UTC', PORT: '1' });
  });
});

describe('the user that PostgreSQL runs as', () => {
  it('is found by name, and never root', () => {
    const passwd = 'root:x:0:0::/root:/bin/sh\npostgres:x:101:104::/var/lib/postgresql:/bin/sh\nzero:x:0:5:::\n';

    expect(parseUser(passwd, 'postgres')).toEqual({ uid: 101, gid: 104 });
    expect([parseUser(passwd, 'zero'), parseUser(passwd, 'nobody')]).toEqual([undefined, undefined]);
  });

  it.each([
    [0o700, { uid: 0, gid: 0 }, false],
    [0o755, { uid: 0, gid: 0 }, true],
    [0o750, { uid: 0, gid: 104 }, true],
    [0o705, { uid: 0, gid: 104 }, false],
    [0o700, { uid: 101, gid: 0 }, true],
    [0o077, { uid: 101, gid: 104 }, false],
  ])('passes a folder with mode %o of %o: %s', (mode, owner, passes) => {
    expect(mayPass({ mode, ...owner }, { uid: 101, gid: 104 })).toBe(passes);
  });
});

function propertiesOf(text: string): Record<string, string> {
  return Object.fromEntries(
    text
      .trim()
      .split('\n')
      .map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
  );
}
