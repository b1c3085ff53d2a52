import { randomKey, type ServiceProcess, startService, until } from '@trunkline/installation';
import type { ReceivedRequest } from '@trunkline/providers';
import { loadFixture } from '@trunkline/providers/fixtures';
import { createTestInstallation, type TestInstallation } from '@trunkline/testkit';
import { Webhook } from 'standardwebhooks';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';

import { groupLag } from './facts.ts';
import { type ReverseProxy, startReverseProxy } from './reverse-proxy.ts';
import { sidOf, type TwilioEvent, twilioRequest } from './twilio.ts';
import { patientMs, root } from './world.ts';

const token = randomKey().slice(0, 32);
const webhookSecret = `whsec_${Buffer.from(randomKey(), 'hex').toString('base64')}`;
const voiceAnswer = '<Response><Say>Please hold.</Say></Response>';
/** How the outside knows us; the ingress listens elsewhere. */
const publicOrigin = 'https://hooks.example.com:8443';

let world: TestInstallation;
let services: readonly ServiceProcess[] = [];
/** Says whom it stands for, as a proxy that the operator trusts does. */
let telling: ReverseProxy;
/** Says nothing: only the configuration of a source knows the outside. */
let silent: ReverseProxy;

beforeAll(async () => {
  const { kafkaBrokers, registryUrl, postgresAdminUrl } = inject('stack');
  world = await createTestInstallation({
    root,
    endpoints: { kafkaBrokers, registryUrl, postgresAdminUrl },
    tier: 'e2e',
    services: ['payments', 'telephony'],
    sourcesYaml,
    secrets: { E2E_TWILIO: token, E2E_WEBHOOKS: webhookSecret },
  });
  services = [
    await startService(world.installation, {
      name: 'ingress',
      port: world.ingressPort,
      env: { TRUNKLINE_TRUSTED_PROXIES: '127.0.0.1' },
    }),
    await startService(world.installation, { name: 'telephony' }),
  ];
  await Promise.all(services.map((service) => service.ready()));
  telling = await startReverseProxy(world.ingressUrl, {
    'x-forwarded-proto': 'https',
    'x-forwarded-host': 'hooks.example.com',
    'x-forwarded-port': '8443',
  });
  silent = await startReverseProxy(world.ingressUrl, {});
});
afterAll(async () => {
  await Promise.all([telling?.close(), silent?.close(), ...services.map((service) => service.stop())]);
  await world?.close();
});

describe('a Twilio call with a recording and a transcript, told out of order and twice', () => {
  const call = 'story';
  const told = [
    'call.completed',
    'transcription.completed',
    'call.in-progress',
    'recording.completed',
    'call.initiated',
    'call.ringing.outbound',
  ];
  let statuses: readonly number[];
  beforeAll(async () => {
    const answers: number[] = [];
    for (const fixture of [...told, ...told.toReversed()]) answers.push((await post({ fixture, call })).status);
    statuses = answers;
    await until('telephony has done everything', async () => (await groupLag(world, 'telephony')) === 0);
  });

  it('is answered with 204 each time: a status callback wants no TwiML', () => {
    expect(statuses).toEqual(statuses.map(() => 204));
  });

  it('is one row, in its final state and with what each callback alone told', async () => {
    const rows = await select('SELECT * FROM telephony.call WHERE entity_id = $1', sidOf('CA', call));

    expect(rows).toMatchObject([
      {
        tenant_id: 'tnt_e2e',
        status: 'completed',
        outcome: 'completed',
        duration_seconds: '83',
        answered_by: 'human',
        started_at: new Date('2026-03-02T10:15:31Z'),
        answered_at: new Date('2026-03-02T10:15:39Z'),
        ended_at: new Date('2026-03-02T10:17:02Z'),
      },
    ]);
  });

  it('has its recording and its transcript attached, one of each', async () => {
    const rows = await select(
      `SELECT recording.entity_id AS recording, recording.status AS recorded, recording.duration_seconds,
         transcript.entity_id AS transcript, transcript.text
       FROM telephony.call
         JOIN telephony.recording USING (tenant_id, provider, account)
         JOIN telephony.transcript USING (tenant_id, provider, account)
       WHERE call.entity_id = $1 AND recording.call_id = call.entity_id AND transcript.call_id = call.entity_id
         AND transcript.recording_id = recording.entity_id`,
      sidOf('CA', call),
    );

    expect(rows).toEqual([
      {
        recording: sidOf('RE', call),
        recorded: 'available',
        duration_seconds: '83',
        transcript: sidOf('TR', call),
        text: 'Hello, please call me back about the order. Thank you!',
      },
    ]);
  });

  it('had every event applied or found stale once, although each was delivered twice', async () => {
    const rows = await select(
      `SELECT count(*)::int AS events, count(DISTINCT event_id)::int AS ids FROM telephony.inbox WHERE tenant_id = $1`,
      'tnt_e2e',
    );

    expect(rows).toEqual([{ events: told.length, ids: told.length }]);
  });
});

describe('the question what to do with a call', () => {
  it('is answered with the TwiML of the configuration', async () => {
    const answer = await post({ fixture: 'call.ringing', call: 'asked' });

    expect(answer).toEqual({ status: 200, type: 'text/xml; charset=utf-8', body: voiceAnswer });
  });
});

describe('behind a proxy with another host and port, a request signed by the official library of', () => {
  const event: TwilioEvent = { fixture: 'call.completed', call: 'proxied' };

  it('Twilio is accepted where the proxy is trusted and says whom it stands for', async () => {
    const answer = await send(telling.url, twilioRequest(event, hook('src_twilio')));

    expect(answer.status).toBe(204);
  });

  it('Twilio is accepted where the source knows its public URL, whatever the proxy says', async () => {
    const answers = [
      await send(silent.url, twilioRequest(event, hook('src_twilio_public'))),
      await send(telling.url, twilioRequest(event, hook('src_twilio_public'))),
    ];

    expect(answers.map(({ status }) => status)).toEqual([204, 204]);
  });

  it('Twilio is refused where nobody says what was signed', async () => {
    const answer = await send(silent.url, twilioRequest(event, hook('src_twilio')));

    expect(answer.status).toBe(401);
  });

  it('Standard Webhooks is accepted through each, because it signs no URL', async () => {
    const answers = [
      await send(world.ingressUrl, webhookRequest('msg_direct')),
      await send(telling.url, webhookRequest('msg_telling')),
      await send(silent.url, webhookRequest('msg_silent')),
    ];

    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200]);
  });

  it('Standard Webhooks is refused when a byte of its body is another', async () => {
    const request = webhookRequest('msg_changed');
    const changed = { ...request, body: Buffer.from(`${Buffer.from(request.body).toString('utf8')} `) };

    const answer = await send(telling.url, changed);

    expect(answer.status).toBe(401);
  });
});

interface HookAnswer {
  readonly status: number;
  readonly type: string | null;
  readonly body: string;
}

/** Straight to the ingress, under the address it listens on. */
function post(event: TwilioEvent): Promise<HookAnswer> {
  return send(world.ingressUrl, twilioRequest(event, { publicUrl: `${world.ingressUrl}/hooks/src_twilio`, token }));
}

function hook(sourceId: string): { readonly publicUrl: string; readonly token: string } {
  return { publicUrl: `${publicOrigin}/hooks/${sourceId}`, token };
}

/** Signed now, by the package of the specification. */
function webhookRequest(id: string): ReceivedRequest {
  const { request } = loadFixture('standard_webhooks', 'invoice.paid');
  const body = Buffer.from(request.body).toString('utf8');
  const now = new Date();
  return {
    method: 'POST',
    target: '/hooks/src_webhooks',
    publicUrl: `${publicOrigin}/hooks/src_webhooks`,
    headers: [
      ['content-type', 'application/json'],
      ['webhook-id', id],
      ['webhook-timestamp', String(Math.floor(now.getTime() / 1_000))],
      ['webhook-signature', new Webhook(webhookSecret).sign(id, now, body)],
    ],
    body: Buffer.from(body, 'utf8'),
  };
}

async function send(origin: string, request: ReceivedRequest): Promise<HookAnswer> {
  const response = await fetch(`${origin}${request.target}`, {
    method: request.method,
    headers: request.headers.map(([name, value]): [string, string] => [name, value]),
    body: request.body,
    signal: AbortSignal.timeout(15_000),
  });
  return { status: response.status, type: response.headers.get('content-type'), body: await response.text() };
}

/** As the administrator, past every policy. */
function select(sql: string, value: string): Promise<readonly object[]> {
  return world.database.transaction([], (tx) => tx.query<object>(sql, [value]));
}

const sourcesYaml = `version: 1
tenants:
  - id: tnt_e2e
    name: End to end
sources:
  - id: src_twilio
    tenant: tnt_e2e
    provider: twilio
    secrets: ['env:E2E_TWILIO']
    options:
      voiceAnswer: ${voiceAnswer}
  - id: src_twilio_public
    tenant: tnt_e2e
    provider: twilio
    secrets: ['env:E2E_TWILIO']
    publicBaseUrl: ${publicOrigin}
  - id: src_webhooks
    tenant: tnt_e2e
    provider: standard_webhooks
    secrets: ['env:E2E_WEBHOOKS']
    acceptDeadlineMs: ${patientMs}
    options:
      entity: /data/id
`;
