import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { serverSecurityOf } from './server-security.ts';
import { operatorToken, serviceAddresses } from './service-addresses.ts';
import { requireCount, resolveSettings } from './settings.ts';

const runState = {
  pid: 1,
  startedAt: '2026-01-01T00:00:00Z',
  stack: {
    kind: 'embedded',
    endpoints: {
      kafkaBrokers: 'run:9092',
      registryUrl: 'http://run/registry',
      postgresAdminUrl: 'postgres://run/postgres',
      redisUrl: 'redis://run',
      zipkinUrl: 'http://run:9411',
    },
  },
  namespace: '',
  databaseUrl: 'postgres://trunkline_operator:x@run/trunkline',
  ingressUrl: 'http://run:8080',
  services: [],
  sourcesFile: 'trunkline.yaml',
  secretsFile: '.trunkline/secrets.env',
};

let directory = '';
beforeEach(() => {
  directory = mkdtempSync(path.join(os.tmpdir(), 'trunkline-settings-'));
});
afterEach(() => rmSync(directory, { recursive: true }));

function writeRun(state: unknown): void {
  mkdirSync(path.join(directory, '.trunkline'));
  writeFileSync(
    path.join(directory, '.trunkline', 'run.json'),
    typeof state === 'string' ? state : JSON.stringify(state),
  );
}

describe('a setting', () => {
  it('comes from its flag, else the environment, else the run of npm start', () => {
    writeRun(runState);
    const environment = { TRUNKLINE_KAFKA_BROKERS: 'env:9092', TRUNKLINE_REGISTRY_URL: 'http://env/registry' };

    const settings = resolveSettings({ flags: { kafkaBrokers: 'flag:9092' }, environment, directory });

    expect(settings.find('kafkaBrokers')).toEqual({ value: 'flag:9092', origin: 'flag' });
    expect(settings.find('registryUrl')).toEqual({ value: 'http://env/registry', origin: 'environment' });
    expect(settings.find('ingressUrl')).toEqual({ value: 'http://run:8080', origin: 'run.json' });
  });

  it('of services and Redis comes from the run as well, each service by its name', () => {
    const healthUrl = 'http://run:8091';
    const ingress = { name: 'ingress', pid: 2, healthUrl: 'http://run:8089', logFile: 'a' };
    writeRun({ ...runState, services: [ingress, { name: 'telephony', pid: 3, healthUrl, logFile: 'b' }] });

    const settings = resolveSettings({ flags: {}, environment: {}, directory });

    const other = resolveSettings({ flags: { ingressUrl: 'http://other:8080' }, environment: {}, directory });

    expect(serviceAddresses(settings)).toEqual([
      { name: 'ingress', url: 'http://run:8089' },
      { name: 'telephony', url: healthUrl },
    ]);
    expect(serviceAddresses(other)[0]).toEqual({ name: 'ingress', url: 'http://other:8080' });
    expect(settings.find('redisUrl')).toEqual({ value: 'redis://run', origin: 'run.json' });
  });

  it('of the run is found from any directory below it, its paths relative to the run', () => {
    writeRun(runState);
    const below = path.join(directory, 'services', 'payments');
    mkdirSync(below, { recursive: true });

    const settings = resolveSettings({ flags: {}, environment: {}, directory: below });

    expect(settings.require('sourcesFile')).toBe(path.join(directory, 'trunkline.yaml'));
  });

  it('that nobody gave is asked for by name, with the ways to give it', () => {
    const settings = resolveSettings({ flags: {}, environment: { TRUNKLINE_KAFKA_BROKERS: '' }, directory });

    expect(() => settings.require('kafkaBrokers')).toThrow(/npm start.*--kafka-brokers.*TRUNKLINE_KAFKA_BROKERS/);
  });

  it('is never guessed from a run file that cannot be read', () => {
    writeRun('{"pid":1');

    expect(() => resolveSettings({ flags: {}, environment: {}, directory })).toThrow(/run\.json.*npm start/);
  });

  it('for the size of topics is that of the run, else twelve partitions and three replicas', () => {
    const elsewhere = resolveSettings({ flags: {}, environment: {}, directory });
    writeRun({ ...runState, topics: { partitions: 5, replicationFactor: 2 } });
    const ofTheRun = resolveSettings({ flags: {}, environment: {}, directory });

    expect([requireCount(elsewhere, 'partitions'), requireCount(elsewhere, 'replicationFactor')]).toEqual([12, 3]);
    expect([requireCount(ofTheRun, 'partitions'), requireCount(ofTheRun, 'replicationFactor')]).toEqual([5, 2]);
  });

  it('that must be a number is refused with its name when it is none', () => {
    const settings = resolveSettings({ flags: { partitions: 'many' }, environment: {}, directory });

    expect(() => requireCount(settings, 'partitions')).toThrow(/--partitions.*"many"/);
  });
});

describe('a secret setting', () => {
  it('may come by a file that its variable with _FILE names, and is refused by that name where it cannot', () => {
    writeFileSync(path.join(directory, 'url'), 'postgres://by-file/trunkline\n');
    const settingsOf = (environment: NodeJS.ProcessEnv): ReturnType<typeof resolveSettings> =>
      resolveSettings({ flags: {}, environment, directory });

    const found = settingsOf({ TRUNKLINE_DATABASE_URL_FILE: path.join(directory, 'url') }).find('databaseUrl');

    expect(found).toEqual({ value: 'postgres://by-file/trunkline', origin: 'environment' });
    expect(() => settingsOf({ TRUNKLINE_DATABASE_URL_FILE: '/nowhere' }).find('databaseUrl')).toThrow(
      /TRUNKLINE_DATABASE_URL_FILE must be a readable file/,
    );
  });

  it('is the token of the operators as well', () => {
    writeFileSync(path.join(directory, 'token'), 'marker-of-a-token\n');
    const environment = { TRUNKLINE_OPERATOR_TOKEN_FILE: path.join(directory, 'token') };

    expect(operatorToken(resolveSettings({ flags: {}, environment, directory }))).toBe('marker-of-a-token');
  });
});

describe('the login to a Kafka that npm start has secured', () => {
  it('is that of the run for its own brokers, and nobody’s for others', () => {
    writeRun({
      ...runState,
      kafkaLogin: {
        TRUNKLINE_KAFKA_SASL_MECHANISM: 'scram-sha-512',
        TRUNKLINE_KAFKA_USERNAME: 'trunkline-operator',
        TRUNKLINE_KAFKA_PASSWORD: 'marker',
      },
    });

    const own = serverSecurityOf(resolveSettings({ flags: {}, environment: {}, directory }));
    const other = serverSecurityOf(resolveSettings({ flags: { kafkaBrokers: 'b:1' }, environment: {}, directory }));

    expect(own.kafka.sasl).toMatchObject({ username: 'trunkline-operator', password: 'marker' });
    expect(other.kafka.sasl).toBeUndefined();
  });
});
