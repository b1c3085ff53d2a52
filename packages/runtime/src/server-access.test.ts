import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { createAuthority } from '@trunkline/stack';
import { afterAll, describe, expect, it } from 'vitest';

import { readEnvironment } from './environment.ts';
import { serverSecurity } from './server-access.ts';

const folder = mkdtempSync(join(tmpdir(), 'trunkline-access-'));
afterAll(() => rmSync(folder, { recursive: true }));

function file(name: string, text: string): string {
  writeFileSync(join(folder, name), text);
  return join(folder, name);
}

const authority = createAuthority('test');
const client = authority.issue('trunkline-payments');
const caFile = file('ca.crt', authority.certificate);
const certFile = file('tls.crt', client.certificate);
const keyFile = file('tls.key', client.key);
const login = {
  TRUNKLINE_KAFKA_SASL_MECHANISM: 'scram-sha-512',
  TRUNKLINE_KAFKA_USERNAME: 'trunkline-payments',
  TRUNKLINE_KAFKA_PASSWORD: 'a password',
};

const variablesWrong = (environment: Readonly<Record<string, string>>): readonly string[] => {
  const reading = readEnvironment(serverSecurity, environment);
  return reading.ok ? [] : reading.problems.map(({ variable }) => variable);
};

describe('how the servers are reached', () => {
  it('is in plain and as nobody, unless the environment says otherwise', () => {
    expect(readEnvironment(serverSecurity, {})).toEqual({
      ok: true,
      config: {
        kafka: { tls: undefined, sasl: undefined },
        registry: { auth: undefined, caFile: undefined },
        redis: { caFile: undefined },
      },
    });
  });

  it('is with certificates and logins, passwords by files', () => {
    const reading = readEnvironment(serverSecurity, {
      TRUNKLINE_KAFKA_TLS: 'on',
      TRUNKLINE_KAFKA_CA_FILE: caFile,
      TRUNKLINE_KAFKA_CERT_FILE: certFile,
      TRUNKLINE_KAFKA_KEY_FILE: keyFile,
      TRUNKLINE_KAFKA_SASL_MECHANISM: 'plain',
      TRUNKLINE_KAFKA_USERNAME: 'trunkline-payments',
      TRUNKLINE_KAFKA_PASSWORD_FILE: file('kafka-password', 'of Kafka\n'),
      TRUNKLINE_REGISTRY_USERNAME: 'trunkline',
      TRUNKLINE_REGISTRY_PASSWORD_FILE: file('registry-password', 'of the registry\n'),
      TRUNKLINE_REGISTRY_CA_FILE: caFile,
      TRUNKLINE_REDIS_CA_FILE: caFile,
    });

    expect(reading).toEqual({
      ok: true,
      config: {
        kafka: {
          tls: { caFile, certFile, keyFile },
          sasl: { mechanism: 'plain', username: 'trunkline-payments', password: 'of Kafka' },
        },
        registry: { auth: { username: 'trunkline', password: 'of the registry' }, caFile },
        redis: { caFile },
      },
    });
  });

  it.each([
    ['a CA while TLS is off', { TRUNKLINE_KAFKA_CA_FILE: caFile }, 'TRUNKLINE_KAFKA_CA_FILE'],
    [
      'a CA that is not there',
      { TRUNKLINE_KAFKA_TLS: 'on', TRUNKLINE_KAFKA_CA_FILE: '/no' },
      'TRUNKLINE_KAFKA_CA_FILE',
    ],
    ['a CA that is none', { TRUNKLINE_REGISTRY_CA_FILE: keyFile }, 'TRUNKLINE_REGISTRY_CA_FILE'],
    [
      'a certificate without its key',
      { TRUNKLINE_KAFKA_TLS: 'on', TRUNKLINE_KAFKA_CERT_FILE: certFile },
      'TRUNKLINE_KAFKA_KEY_FILE',
    ],
    [
      'the key of another',
      {
        TRUNKLINE_KAFKA_TLS: 'on',
        TRUNKLINE_KAFKA_CERT_FILE: certFile,
        TRUNKLINE_KAFKA_KEY_FILE: file('other.key', authority.issue('other').key),
      },
      'TRUNKLINE_KAFKA_CERT_FILE',
    ],
    ['a login without a mechanism', { TRUNKLINE_KAFKA_USERNAME: 'me' }, 'TRUNKLINE_KAFKA_USERNAME'],
    [
      'a mechanism that the client has not',
      { ...login, TRUNKLINE_KAFKA_SASL_MECHANISM: 'gssapi' },
      'TRUNKLINE_KAFKA_SASL_MECHANISM',
    ],
    ['a login without a password', { ...login, TRUNKLINE_KAFKA_PASSWORD: '' }, 'TRUNKLINE_KAFKA_PASSWORD'],
    [
      'a password that travels as it is',
      { ...login, TRUNKLINE_KAFKA_SASL_MECHANISM: 'plain' },
      'TRUNKLINE_KAFKA_SASL_MECHANISM',
    ],
    ['a user of the registry without a password', { TRUNKLINE_REGISTRY_USERNAME: 'me' }, 'TRUNKLINE_REGISTRY_PASSWORD'],
    [
      'a password twice',
      { ...login, TRUNKLINE_KAFKA_PASSWORD_FILE: file('twice', 'x') },
      'TRUNKLINE_KAFKA_PASSWORD_FILE',
    ],
    [
      'the file of a password that is not there',
      { ...login, TRUNKLINE_KAFKA_PASSWORD: '', TRUNKLINE_KAFKA_PASSWORD_FILE: '/no' },
      'TRUNKLINE_KAFKA_PASSWORD_FILE',
    ],
  ])('is refused %s, by the name of what is wrong', (_what, environment, variable) => {
    expect(variablesWrong(environment)).toContain(variable);
  });

  it('lets SCRAM go without TLS, which never sends the password', () => {
    expect(variablesWrong(login)).toEqual([]);
  });
});
