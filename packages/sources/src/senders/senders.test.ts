import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { describe, expect, it } from 'vitest';

import { loadSources } from '../load.ts';
import { directoryText } from '../testing/directory-text.ts';
import { temporaryFolder, told } from '../testing/temporary-sources.ts';
import { listSenderVariables, loadSenders, type LoadedSenders } from './load.ts';

const twilio = `id: snd_sms, tenant: tnt_a, kind: twilio, accountSid: AC${'0'.repeat(32)}, apiKeySid: SK${'0'.repeat(32)}, apiKeySecret: env:KEY, from: "+15005550006"`;
const smtp = 'id: snd_mail, tenant: tnt_a, kind: smtp, host: smtp.acme.example, from: a@acme.example';
const connected = 'id: snd_sms, tenant: tnt_a, kind: twilio, connection: con_twilio, from: "+15005550006"';
const slack = 'id: snd_slack, tenant: tnt_a, kind: slack, connection: con_a, botToken: env:BOT';

async function written(...senders: readonly string[]): Promise<string> {
  const path = join(await temporaryFolder(), 'trunkline.yaml');
  await writeFile(path, `${directoryText()}senders:\n${senders.map((sender) => `  - { ${sender} }\n`).join('')}`);
  return path;
}

/** With connections of Twilio and Slack. */
async function writtenConnected(...senders: readonly string[]): Promise<string> {
  const path = await written(...senders);
  const connections = [
    `id: con_twilio, tenant: tnt_a, provider: twilio, credentials: { accountSid: AC${'0'.repeat(32)}, apiKeySid: SK${'0'.repeat(32)}, apiKeySecret: env:KEY }`,
    'id: con_slack, tenant: tnt_a, provider: slack, credentials: { botToken: env:BOT }',
  ];
  const list = connections.map((connection) => `  - { ${connection} }\n`).join('');
  await writeFile(path, `${await readFile(path, 'utf8')}connections:\n${list}`);
  return path;
}

async function load(...senders: readonly string[]): Promise<LoadedSenders> {
  return loadSenders(await written(...senders), { env: { KEY: 'key', BOT: 'xoxb-1' } });
}

describe('the senders of a file', () => {
  it('are found by tenant and kind, those of Slack by their connection', async () => {
    const loaded = await load(twilio, smtp, slack, 'id: snd_demo, tenant: tnt_b, kind: demo, carries: [sms, slack]');
    if ('problems' in loaded) throw new Error(JSON.stringify(loaded.problems));
    const { senders } = loaded;
    const found = (tenantId: string, kind: 'sms' | 'email' | 'slack', connection?: string): string | undefined =>
      senders.senderOf(tenantId, { kind, ...(connection === undefined ? {} : { connection }) })?.id;

    expect(senders.senderOf('tnt_a', { kind: 'sms' })).toMatchObject({ apiKeySecret: 'key', from: '+15005550006' });
    expect(senders.senderOf('tnt_a', { kind: 'email' })).toMatchObject({ host: 'smtp.acme.example' });
    expect([found('tnt_a', 'slack', 'con_a'), found('tnt_a', 'slack', 'con_b')]).toEqual(['snd_slack', undefined]);
    expect([found('tnt_b', 'sms'), found('tnt_b', 'email'), found('tnt_b', 'slack', 'con_b')]).toEqual([
      'snd_demo',
      undefined,
      'snd_demo',
    ]);
  });

  it('without their secret are there, and a warning says that they send nothing', async () => {
    const loaded = await loadSenders(await written(twilio), { env: {} });
    if ('problems' in loaded) throw new Error(JSON.stringify(loaded.problems));

    expect(loaded.senders.all()).toMatchObject([{ id: 'snd_sms', apiKeySecret: undefined }]);
    expect(told(loaded.warnings).join()).toContain(
      'senders[0].apiKeySecret: the secret env:KEY is not set, and snd_sms sends nothing without it; set it to the secret',
    );
  });

  it('know where the provider tells what became of a message', async () => {
    const path = await written(`${twilio}, source: src_t`);
    const source = `  - { id: src_t, tenant: tnt_a, provider: twilio, secrets: [env:A], publicBaseUrl: 'https://hooks.a.example/' }\n`;
    await writeFile(path, (await readFile(path, 'utf8')).replace('sources:\n', `sources:\n${source}`));

    const loaded = await loadSenders(path, { env: { KEY: 'key' } });

    if ('problems' in loaded) throw new Error(JSON.stringify(loaded.problems));
    expect(loaded.senders.all()).toMatchObject([{ statusUrl: 'https://hooks.a.example/hooks/src_t' }]);
  });

  it('use the account and the secrets of a connection where they name one', async () => {
    const path = await writtenConnected(connected, 'id: snd_slack, tenant: tnt_a, kind: slack, connection: con_slack');

    const loaded = await loadSenders(path, { env: {} });

    if ('problems' in loaded) throw new Error(JSON.stringify(told(loaded.problems)));
    expect(loaded.warnings).toEqual([]);
    expect(loaded.senders.all()).toMatchObject([
      { id: 'snd_sms', accountOf: 'con_twilio' },
      { id: 'snd_slack', accountOf: 'con_slack' },
    ]);
    expect(await listSenderVariables(path)).toEqual([]);
  });

  it('name the variables of their secrets', async () => {
    expect(await listSenderVariables(await written(twilio, slack))).toEqual(['KEY', 'BOT']);
  });
});

describe('a mistake in senders', () => {
  it.each<readonly [string, readonly string[], string]>([
    [
      'two that carry the same',
      [smtp, 'id: snd_m, tenant: tnt_a, kind: resend, apiKey: env:KEY, from: a@acme.example'],
      'senders[1].kind: "snd_mail" carries email of "tnt_a" already; keep one of the two',
    ],
    [
      'a tenant that is not there',
      [smtp.replace('tnt_a', 'tnt_aa')],
      'senders[0].tenant: there is no tenant "tnt_aa" under tenants; did you mean "tnt_a"?',
    ],
    [
      'a secret in the place of where it is',
      [twilio.replace('env:KEY', 'abc')],
      'senders[0].apiKeySecret: must say where the secret is, and is never the secret itself; env:NAME (a variable) or file:path (relative to this file).',
    ],
    [
      'a source that is none of the tenant and provider',
      [`${twilio}, source: src_a`],
      'senders[0].source: "tnt_a" has no source "src_a" of twilio; there is none',
    ],
    [
      'a user without a password',
      [`${smtp}, user: me`],
      'senders[0].user: stands there without password; add password, or remove it',
    ],
    [
      'no secret and no connection',
      [twilio.replace('apiKeySecret: env:KEY, ', '')],
      'senders[0].kind: has no apiKeySecret and names no connection; add apiKeySecret, or connection: con_… of twilio',
    ],
    [
      'a connection that is not there',
      [connected],
      'senders[0].connection: "tnt_a" has no connection "con_twilio" of twilio; there is none',
    ],
    [
      'no token of Slack, neither here nor under connections',
      ['id: snd_slack, tenant: tnt_a, kind: slack, connection: con_a'],
      'senders[0].connection: "tnt_a" has no connection "con_a" of slack; there is none, or add botToken',
    ],
    [
      'a kind that is not there',
      [smtp.replace('smtp,', 'smpt,')],
      'senders[0].kind: must be one of twilio, resend, sendgrid, smtp, slack, demo; did you mean "smtp"?',
    ],
  ])('is told with its fix, and keeps the file out of force: %s', async (_, senders, problem) => {
    const path = await written(...senders);

    const [own, whole] = await Promise.all([loadSenders(path, { env: {} }), loadSources(path, { env: {} })]);

    const problemsOf = (loaded: LoadedSenders | Awaited<ReturnType<typeof loadSources>>): readonly string[] =>
      'problems' in loaded ? told(loaded.problems).map((text) => text.replace(/^\d+:\d+ /, '')) : [];
    expect(problemsOf(own)).toEqual([problem]);
    expect(problemsOf(whole)).toEqual([problem]);
  });
});

describe('a mistake in a sender that uses a connection', () => {
  it.each<readonly [string, string, string]>([
    [
      'a secret of its own beside it',
      `${connected}, apiKeySecret: env:KEY`,
      'senders[0].apiKeySecret: stands there beside connection, which has it: con_twilio; remove one of the two',
    ],
    [
      'a connection of another provider',
      connected.replace('con_twilio', 'con_slack'),
      'senders[0].connection: "tnt_a" has no connection "con_slack" of twilio; there is: con_twilio',
    ],
    [
      'a connection of another tenant',
      connected.replace('tnt_a', 'tnt_b'),
      'senders[0].connection: "tnt_b" has no connection "con_twilio" of twilio; there is none',
    ],
    [
      'an id that nearly is one',
      connected.replace('con_twilio', 'con_twillio'),
      'senders[0].connection: "tnt_a" has no connection "con_twillio" of twilio; did you mean "con_twilio"?',
    ],
  ])('is told with its fix: %s', async (_, sender, problem) => {
    const loaded = await loadSenders(await writtenConnected(sender), { env: {} });

    if (!('problems' in loaded)) throw new Error('it loads');
    expect(told(loaded.problems).map((text) => text.replace(/^\d+:\d+ /, ''))).toEqual([problem]);
  });
});
