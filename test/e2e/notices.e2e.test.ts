import { randomKey, type ServiceProcess, startService, until } from '@trunkline/installation';
import type { IncomingRecord } from '@trunkline/kafka';
import { type MailServer, mailServerProblem, startMailServer } from '@trunkline/stack';
import {
  createTestInstallation,
  postRequest,
  startTwilio,
  type TestInstallation,
  type TwilioUpstream,
} from '@trunkline/testkit';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';

import { trunkline } from './cli.ts';
import { groupLag, recordsOn } from './facts.ts';
import { pathTo, spanNames, type TraceNode, untilSpans } from './spans.ts';
import { twilioRequest } from './twilio.ts';
import { root } from './world.ts';

/*
 * From a webhook to a person: a call that nobody took is delivered, its event is applied, requests wait in the outbox of
 * telephony and are published by the relay, notifications sends a text message and a mail, and Twilio's own webhook tells
 * that the text message arrived. All of it but the last is one trace.
 */

const topic = 'notifications.request.v1';
const token = randomKey().slice(0, 32);

let world: TestInstallation;
let twilio: TwilioUpstream;
let mailServer: MailServer;
let services: readonly ServiceProcess[] = [];
let requests: readonly IncomingRecord[];
let told: readonly Told[];

const problem = await mailServerProblem();
const describeWhereItCanRun = problem === undefined ? describe : () => undefined;

it('finds a mail server', (context) => {
  if (problem !== undefined) context.skip(`cannot run here: ${problem}`);

  expect(problem).toBeUndefined();
});

beforeAll(async () => {
  if (problem !== undefined) return;
  const { kafkaBrokers, registryUrl, postgresAdminUrl, zipkinUrl } = inject('stack');
  [twilio, mailServer] = await Promise.all([startTwilio(), startMailServer()]);
  world = await createTestInstallation({
    root,
    endpoints: { kafkaBrokers, registryUrl, postgresAdminUrl, zipkinUrl },
    tier: 'e2e',
    sourcesYaml: sourcesYaml(twilio.url, mailServer),
    secrets: {
      E2E_TWILIO: token,
      E2E_TWILIO_KEY: 'the-key-of-the-account',
      E2E_SMTP_PASSWORD: mailServer.login.password,
    },
  });
  const env = { OTEL_BSP_SCHEDULE_DELAY: '200' };
  services = [
    await startService(world.installation, { name: 'ingress', port: world.ingressPort, env }),
    await startService(world.installation, { name: 'telephony', env }),
    await startService(world.installation, { name: 'notifications', env }),
    await startService(world.installation, {
      name: 'connections',
      env: { TRUNKLINE_CLIENT_ORIGINS: `twilio=${twilio.url}`, TRUNKLINE_ALLOWED_NETWORKS: '127.0.0.0/8' },
    }),
  ];
  await Promise.all(services.map((service) => service.ready()));
  for (const _ of ['first', 'again']) await deliverMissedCall();
  await until('telephony has done everything', async () => (await groupLag(world, 'telephony')) === 0);
  told = await until('both are told', async () => {
    const rows = await world.database.statement<Told>(toldSql, []);
    return rows.length === 2 && rows.every(({ state }) => state === 'accepted') ? rows : undefined;
  });
  requests = await recordsOn(world, topic);
});
afterAll(async () => {
  await Promise.all(services.map((service) => service.stop()));
  await Promise.all([world?.close(), twilio?.close(), mailServer?.stop()]);
});

describeWhereItCanRun('a test of a channel', () => {
  it('tells the person, and shows what became of it', async () => {
    const shown = await trunkline(world, ['notifications', 'test', 'per_ada', 'mail']);

    expect(shown).toMatchObject({ exitCode: 0, json: { message: { state: 'accepted', recipient: 'per_ada' } } });
    const mails = await mailServer.mailsTo('ada@acme.example');
    expect(mails.filter(({ source }) => source.includes('This is a test of Trunkline'))).toHaveLength(1);
  });
});

describeWhereItCanRun('a call that nobody took, delivered twice', () => {
  it('asks once that the owner of the phone be told, because of its event', async () => {
    const shown = await trunkline(world, ['events', 'show', requestId()]);

    expect(requests).toHaveLength(2);
    expect(shown).toMatchObject({
      exitCode: 0,
      json: {
        record: {
          place: { topic },
          value: {
            metadata: { requestId: requestId(), tenantId: 'tnt_e2e', causedBy: expect.stringMatching(/^evt_/) },
            recipientId: 'per_ada',
            channel: 'sms',
            channelId: 'sms',
            template: 'missed_call',
          },
        },
        gaps: [],
      },
    });
  });

  it('is one trace from the HTTP request to the call of the provider, through the record of the request', async () => {
    const headers = request()?.headers ?? {};
    const traceId = traceIdIn(headers['x-origin-traceparent']);
    // One for each channel.
    await untilSpans(world, traceId, { name: 'notify missed_call', count: 2 });

    const shown = await trunkline(world, ['trace', requestId()]);

    const { tree } = shown.json as { readonly tree: TraceNode };
    expect(traceIdIn(headers['traceparent'])).toBe(traceId);
    expect(shown).toMatchObject({ exitCode: 0, json: { traceIds: [traceId], absentTraceIds: [] } });
    expect(tree.value).toMatchObject({
      kind: 'span',
      span: { traceId, service: 'ingress', name: expect.stringContaining('/hooks/') },
    });
    expect(spanNames(tree)).not.toContain('(missing)');
    expect(spanNames(tree)).toEqual(
      expect.arrayContaining([
        'telephony process telephony.call.v1',
        `notifications process ${topic}`,
        'notifications notify missed_call',
      ]),
    );
    expect(pathTo(tree, 'post twilio messages.create').slice(-2)).toEqual([
      'notify missed_call',
      'post twilio messages.create',
    ]);
    const sent = twilio.requests.filter(({ method }) => method === 'POST');
    expect(sent.map((made) => traceIdIn(made.headers['traceparent']?.toString()))).toEqual([traceId]);
  });

  it('tells the owner once by each channel: a text message, and a mail in their mailbox', async () => {
    expect(twilio.messages).toMatchObject([
      { to: '+15005550007', body: expect.stringMatching(/^Missed call from \+/) },
    ]);
    const mails = await mailServer.mailsTo('ada@acme.example');
    expect(mails.filter(({ subject }) => subject.startsWith('Missed call from +'))).toHaveLength(1);
  });

  it("is known to have arrived once the provider's own webhook says so, which names the request", async () => {
    const [sent] = twilio.messages;
    const publicUrl = sent?.statusCallback ?? 'none';
    const callback = { fixture: 'message.delivered', call: 'missed', message: sent?.sid ?? 'none' };

    const answer = await postRequest(world.ingressUrl, twilioRequest(callback, { publicUrl, token }));
    await until('the message is delivered', async () => {
      const rows = await world.database.statement<Told>(toldSql, []);
      return rows.find(({ channel }) => channel === 'sms')?.state === 'delivered';
    });

    expect(answer.status).toBeLessThan(300);
    expect(publicUrl).toBe(`${publicBase}/hooks/src_twilio?request=${requestId()}`);
    expect(await trunkline(world, ['notifications', 'show', requestId()])).toMatchObject({
      exitCode: 0,
      json: { message: { state: 'delivered', providerMessageId: sent?.sid, calls: [{ outcome: 'accepted' }] } },
    });
  });
});

describeWhereItCanRun('the connection of a sender', () => {
  it('that is paused keeps what is to be told, and tells it when it is resumed', async () => {
    await trunkline(world, ['connections', 'pause', 'con_twilio']);
    const kept = await trunkline(world, ['notifications', 'test', 'per_ada', 'sms']);
    const before = testTexts();

    await trunkline(world, ['connections', 'resume', 'con_twilio']);
    await until('it is told', () => Promise.resolve(testTexts() === before + 1));

    expect(kept.json).toMatchObject({ message: { state: 'no_sender', code: 'connection_paused' } });
    expect(before).toBe(0);
  });

  it('whose key is withdrawn is told at the first refusal, and found so by it', async () => {
    twilio.knowsKey = false;
    // As if its last check were long ago: a refusal wants none within a minute of one.
    await world.database.statement(longUncheckedSql, []);

    const shown = await trunkline(world, ['notifications', 'test', 'per_ada', 'sms']);
    const showIfDegraded = async (): Promise<object | undefined> => {
      const { json } = await trunkline(world, ['connections', 'show', 'con_twilio']);
      const { connection } = json as { readonly connection: { readonly state: string } };
      return connection.state === 'degraded' ? connection : undefined;
    };
    const found = await until('the connection is degraded', showIfDegraded, { deadlineMs: 180_000, everyMs: 1_000 });

    // That it is tried again later is nothing that whoever tries a sender waits for.
    expect(shown).toMatchObject({ exitCode: 1, json: { message: { calls: [{ n: 1, httpStatus: 401 }] } } });
    expect(found).toMatchObject({ reason: 'credentials_refused' });
  });
});

/** How many text messages were taken that say they are a test. */
function testTexts(): number {
  return twilio.messages.filter(({ body }) => body.includes('This is a test of Trunkline')).length;
}

/** A message as the notifications service keeps it. */
interface Told {
  readonly requestId: string;
  readonly channel: string;
  readonly state: string;
}

const toldSql = `SELECT 'req_' || replace(request_id::text, '-', '') AS "requestId", channel, state FROM notifications.message`;

const longUncheckedSql = `UPDATE connections.work SET wanted_at = NULL, done_until = now() - interval '1 hour'`;

async function deliverMissedCall(): Promise<void> {
  const publicUrl = `${publicBase}/hooks/src_twilio`;
  const missed = twilioRequest({ fixture: 'call.no-answer.inbound', call: 'missed' }, { publicUrl, token });
  expect((await postRequest(world.ingressUrl, missed)).status).toBeLessThan(300);
}

/** That of the text message. */
function requestId(): string {
  return told.find(({ channel }) => channel === 'sms')?.requestId ?? 'none';
}

function request(): IncomingRecord | undefined {
  return requests.find(({ headers }) => headers['ce_id'] === requestId());
}

function traceIdIn(traceparent: string | undefined): string {
  return traceparent?.split('-')[1] ?? 'none';
}

/** Where Twilio posts, as it is written at Twilio. */
const publicBase = 'https://hooks.e2e.example';

const sourcesYaml = (twilioUrl: string, { port, login }: Pick<MailServer, 'port' | 'login'>): string => `version: 1
tenants:
  - { id: tnt_e2e, name: End to end, region: US }
sources:
  - { id: src_twilio, tenant: tnt_e2e, provider: twilio, secrets: ['env:E2E_TWILIO'], publicBaseUrl: ${publicBase} }
connections:
  - id: con_twilio
    tenant: tnt_e2e
    provider: twilio
    credentials: { accountSid: AC${'0'.repeat(32)}, apiKeySid: SK${'0'.repeat(32)}, apiKeySecret: env:E2E_TWILIO_KEY }
senders:
  - id: snd_sms
    tenant: tnt_e2e
    kind: twilio
    connection: con_twilio
    from: '+15005550006'
    source: src_twilio
    origin: ${twilioUrl}
    network: 127.0.0.1
  - id: snd_mail
    tenant: tnt_e2e
    kind: smtp
    host: 127.0.0.1
    port: ${port}
    security: plain
    user: ${login.user}
    password: env:E2E_SMTP_PASSWORD
    from: notices@acme.example
    network: 127.0.0.1
people:
  - id: per_ada
    tenant: tnt_e2e
    name: Ada
    channels:
      - { id: sms, kind: sms, to: '+15005550007' }
      - { id: mail, kind: email, to: ada@acme.example }
phones:
  - id: phn_front
    tenant: tnt_e2e
    numbers: ['+15005550001']
    owners: [per_ada]
    tell: { missed_call: [sms, mail] }
`;
