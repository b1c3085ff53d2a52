import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { describe, expect, it } from 'vitest';

import { fileText, problemsOf, replaceFile, temporaryFolder, told } from '../testing/temporary-sources.ts';
import { listConnectionVariables, loadConnections, type LoadedConnections, watchConnections } from './index.ts';

const twilio = `accountSid: AC${'0'.repeat(32)}, apiKeySid: SK${'1'.repeat(32)}, apiKeySecret: env:TWILIO`;

/** Line 11 has the first connection. */
function textOf(...connections: readonly string[]): string {
  return fileText({ after: `connections:\n${connections.map((each) => `  - { ${each} }\n`).join('')}` });
}

async function fileOf(text: string): Promise<string> {
  const path = join(await temporaryFolder(), 'trunkline.yaml');
  await writeFile(path, text);
  return path;
}

async function loadedOf(text: string, env: Readonly<Record<string, string>>): Promise<LoadedConnections> {
  return loadConnections(await fileOf(text), { env });
}

const good = `id: con_a, tenant: tnt_a, provider: twilio, credentials: { ${twilio} }`;

describe('connections of the file', () => {
  it('come with what the client takes, their rates and how often they are checked', async () => {
    const text = textOf(`${good}, account: AC1, rates: { default: { requests: 50, per: 1m } }, checkEvery: 15m`);

    const loaded = await loadedOf(text, { TWILIO: 'secret-marker' });

    expect(loaded).toEqual({
      warnings: [],
      connections: [
        {
          id: 'con_a',
          tenantId: 'tnt_a',
          provider: 'twilio',
          auth: 'basic',
          tls: undefined,
          account: 'AC1',
          credentials: {
            accountSid: `AC${'0'.repeat(32)}`,
            apiKeySid: `SK${'1'.repeat(32)}`,
            apiKeySecret: 'secret-marker',
          },
          rates: { default: { count: 50, periodMs: 60_000 } },
          checkEveryMs: 900_000,
        },
      ],
    });
  });

  it('whose secret is missing, or of a wrong form, are told of and take no other down', async () => {
    const slack = 'id: con_b, tenant: tnt_a, provider: slack, credentials: { botToken: env:SLACK }';

    const loaded = await loadedOf(textOf(good, slack), { SLACK: 'hunter2' });

    if ('problems' in loaded) throw new Error(told(loaded.problems).join('\n'));
    expect(told(loaded.warnings)).toEqual([
      expect.stringMatching(/connections\[0\]\.credentials\.apiKeySecret: the secret env:TWILIO is not set; /),
      expect.stringMatching(
        /connections\[1\]\.credentials\.botToken: the secret env:SLACK is not of the form of one; /,
      ),
    ]);
    expect(JSON.stringify(loaded)).not.toContain('hunter2');
    expect(loaded.connections.map(({ credentials }) => credentials)).toEqual([undefined, undefined]);
  });

  it('come with the certificate that the host wants to see', async () => {
    const pem = (what: string): string => `-----BEGIN ${what}-----\nAA==\n-----END ${what}-----\n`;
    const tls = ', tls: { certificate: env:CERTIFICATE, key: env:KEY }';
    const env = { TWILIO: 'secret-marker', CERTIFICATE: pem('CERTIFICATE'), KEY: 'hunter2' };

    const wrong = await loadedOf(textOf(`${good}${tls}`), env);
    const right = await loadedOf(textOf(`${good}${tls}`), { ...env, KEY: pem('PRIVATE KEY') });

    if ('problems' in wrong || 'problems' in right) throw new Error('it does not load');
    expect(told(wrong.warnings)).toEqual([
      expect.stringMatching(/connections\[0\]\.tls\.key: the secret env:KEY is not PEM; /),
    ]);
    expect(wrong.connections[0]?.credentials).toBeUndefined();
    expect(right.connections[0]).toMatchObject({
      auth: 'mtls',
      tls: { certificate: pem('CERTIFICATE'), key: pem('PRIVATE KEY') },
    });
  });

  it('name the variables that their secrets are in', async () => {
    const path = await fileOf(textOf(good, good.replace('con_a', 'con_b')));

    expect(await listConnectionVariables(path)).toEqual(['TWILIO']);
  });

  it('are followed with the files of their secrets', async () => {
    const path = await fileOf(textOf(good.replace('env:TWILIO', 'file:twilio.key')));
    const key = join(path, '..', 'twilio.key');
    await writeFile(key, 'one');
    const changed = Promise.withResolvers<unknown>();

    const watch = await watchConnections(path, {
      env: {},
      intervalMs: 20,
      onChange: ({ connections }) => changed.resolve(connections[0]?.credentials?.['apiKeySecret']),
      onProblems: (problems) => changed.reject(new Error(told(problems).join('\n'))),
    });
    await replaceFile(key, 'two');

    expect(await changed.promise).toBe('two');
    await watch.close();
  });
});

describe('a mistake in connections', () => {
  it.each<readonly [string, string, string]>([
    [
      'a secret in the file',
      good.replace('env:TWILIO', 'hunter2'),
      'connections[0].credentials.apiKeySecret: must say where the secret is, and is never the secret itself; The secret of the API key, which Twilio shows once. Where it is: env:NAME or file:path (relative to this file).',
    ],
    [
      'a field that is missing',
      `id: con_a, tenant: tnt_a, provider: sendgrid, credentials: {}`,
      'connections[0].credentials.apiKey: is missing; add it: An API key of SendGrid, SG.…, with the scope mail.send. Where it is: env:NAME or file:path (relative to this file).',
    ],
    [
      "another provider's field",
      `id: con_a, tenant: tnt_a, provider: resend, credentials: { apiKey: env:A, apiKeySid: x }`,
      'connections[0].credentials.apiKeySid: there is no setting "apiKeySid" here; there is: apiKey',
    ],
    [
      'a provider that is none',
      good.replace('provider: twilio', 'provider: twillio'),
      'connections[0].provider: nothing can be connected to "twillio"; did you mean "twilio"?',
    ],
    [
      'a tenant that is none',
      good.replace('tnt_a', 'tnt_b'),
      'connections[0].tenant: there is no tenant "tnt_b" under tenants; did you mean "tnt_a"?',
    ],
    [
      'a number that is none',
      `id: con_a, tenant: tnt_a, provider: smtp, credentials: { host: mail.acme.example, port: many, security: tls }`,
      'connections[0].credentials.port: must be a number, not text; Its port: 587 with starttls, 465 with tls.',
    ],
  ])('is told with its line and fix: %s', async (_, connection, expected) => {
    expect(told(await problemsOf(textOf(connection)))).toEqual([expect.stringMatching(/^11:\d+ /)]);
    expect(told(await problemsOf(textOf(connection))).map((text) => text.replace(/^\S+ /, ''))).toEqual([expected]);
  });

  it('is an id that stands there twice', async () => {
    expect(told(await problemsOf(textOf(good, good)))).toEqual([
      expect.stringContaining('connections[0] has the id "con_a", too'),
    ]);
  });
});
