import { randomBytes, randomUUID } from 'node:crypto';

import { sealCredentials } from '@trunkline/connections';
import { applyEvents, defineRequestHandler, erasureOf } from '@trunkline/consumer';
import { applicableRequest } from '@trunkline/consumer/testing';
import type { RequestId } from '@trunkline/core';
import { type RequestPayloadOf, sealRequest } from '@trunkline/events';
import { until } from '@trunkline/installation';
import type { Database } from '@trunkline/postgres';
import { createTestDatabase, type TestDatabase } from '@trunkline/postgres/testing';
import { createLogger, type Logger } from '@trunkline/runtime';
import { createDirectory, type Directory } from '@trunkline/sources/directory';
import { createSenders, type Sender, type Senders } from '@trunkline/sources/senders';
import { type ResendUpstream, startResend, startTwilio, type TwilioUpstream } from '@trunkline/testkit';
import { createVault, readKeyList, type Vault } from '@trunkline/vault';

import { requestHandler } from '../handlers/request.ts';
import { clearMessages } from '../messages/erasure.ts';
import { endStates, type MessageState, readContent } from '../messages/message.ts';
import { createOutbound, type Outbound } from '../sending/outbound.ts';
import { createSendRunner, type SendRunner } from '../sending/runner.ts';
import { connectionsService, service } from './service.ts';

const topic = 'notifications.request.v1';
export const tenantId = 'tnt_a';

/** The senders of the service on a real database, and two providers that remember what they were told. */
export interface SendingWorld {
  readonly test: TestDatabase;
  readonly database: Database;
  readonly twilio: TwilioUpstream;
  readonly resend: ResendUpstream;
  /** Those in force; a test may put others there. */
  senders: Senders;
  /** What opens connections; a test may take it away. */
  vault: Vault | undefined;
  /** How many messages are told one by one; as many as there are, unless a test says otherwise. */
  burstMessages: number;
  /** How far the senders' clock is ahead. */
  aheadMs: number;
  /** Of tnt_a: by text message and by mail. */
  readonly both: Senders;
  /** Sets a connection of tnt_a up as `services/connections` does, or gives it other credentials. */
  connect(id: string, provider: string, credentials: unknown): Promise<void>;
  /** Takes a request as the group does, of tnt_a unless told otherwise, and gives its id. */
  ask(name: string, payload?: Partial<RequestPayloadOf<typeof topic>>, tenant?: string): Promise<RequestId>;
  /** Takes a request to erase what happened at an address until then, of tnt_a. */
  erase(addressDigest: string, erasedAt: number): Promise<void>;
  /** Waits until a message stands there, and gives its row. */
  stands(requestId: RequestId, state: MessageState): Promise<MessageRow>;
  message(requestId: RequestId): Promise<MessageRow | undefined>;
  /** Messages that the senders will look at again, by what they say. */
  open(): Promise<readonly object[]>;
  /** By which message it was told with others. */
  digestOf(requestId: RequestId): Promise<RequestId | null>;
  /** What a request says. */
  textOf(requestId: RequestId): Promise<string>;
  /** Outcomes of the calls of a message, in their order. */
  calls(requestId: RequestId): Promise<readonly (string | null)[]>;
  /** As an operator decides. */
  decide(requestId: RequestId, decision: 'sent' | 'resend' | 'drop'): Promise<void>;
  /** Waits until the call of a message has ended. */
  ended(requestId: RequestId): Promise<void>;
  /** The turn of a message has come, and whoever had it has it no more. */
  makeDue(requestId: RequestId): Promise<void>;
  close(): Promise<void>;
}

export interface MessageRow {
  readonly state: MessageState;
  readonly code: string | null;
  readonly attempts: number;
  readonly content: string | null;
  readonly provider_message_id: string | null;
  readonly erased_at: Date | null;
}

/** As the service has it unless it is told otherwise. */
export const burst = { windowMs: 3_600_000, digestMs: 600_000 };

/** How long evidence is waited for: no test waits for more. */
export const evidenceMs = 50;

export async function startSendingWorld(adminUrl: string): Promise<SendingWorld> {
  const test = await createTestDatabase({ adminUrl, services: [service, connectionsService] });
  const database = test.open({ maxConnections: 8 });
  const [twilio, resend] = await Promise.all([startTwilio(), startResend()]);
  // What may have been sent is found by nobody, unless a test says otherwise.
  twilio.listsMessages = false;
  const both = createSenders([twilioSender(twilio.url), resendSender(resend.url)]);
  const log: Logger = createLogger({
    name: 'test',
    version: '0',
    instance: 'test',
    level: 'fatal',
    sharesOutput: false,
  });
  const outbound: Outbound = createOutbound({ limiter: undefined, callMs: 60_000, log });
  const handler = defineRequestHandler(requestHandler);
  const erasure = defineRequestHandler(erasureOf(clearMessages));
  const runner: SendRunner = createSendRunner({
    database,
    outbound,
    directory,
    senders: () => world.senders,
    get vault() {
      return world.vault;
    },
    owner: 'test',
    leaseMs: 60_000,
    evidenceMs,
    get burst() {
      return { ...burst, messages: world.burstMessages };
    },
    clock: () => Date.now() + world.aheadMs,
    log,
    metrics: { count: () => undefined },
  });
  const vault = createVault(readKeyList('first:env:KEY', () => randomBytes(32).toString('base64')));
  const connections = test.open({ schema: 'connections' });
  const row = async (requestId: RequestId): Promise<MessageRow | undefined> => {
    const [found] = await test.admin<MessageRow>(
      'SELECT state, code, attempts, content, provider_message_id, erased_at FROM notifications.message WHERE request_id = $1::uuid',
      [requestId.slice(4)],
    );
    return found;
  };
  const world: SendingWorld = {
    test,
    database,
    twilio,
    resend,
    both,
    senders: both,
    vault,
    burstMessages: 1_000_000,
    aheadMs: 0,
    async connect(id, provider, credentials) {
      await connections.transaction([tenantId], async (tx) => {
        await tx.query(
          `INSERT INTO connections.connection (connection_id, tenant_id, provider, auth, rates, check_every_ms, health)
           VALUES ($1, $2, $3, 'api_key', '{}', 3600000, 'active') ON CONFLICT (connection_id) DO NOTHING`,
          [id, tenantId, provider],
        );
        await sealCredentials(tx, vault, { id, tenantId, credentials });
      });
    },
    async ask(name, payload = {}, tenant = tenantId) {
      const { record, requestId } = sealRequest(
        {
          topic,
          type: 'notifications.request.send',
          cause: causedBy,
          causedBy,
          handler: 'test',
          qualifier: name,
          payload: { channel: 'sms', recipientId: 'per_ada', channelId: 'sms', text: name, ...payload },
        },
        { tenantId: tenant, group: 'telephony', requestedAtMs: Date.now(), installationKey: Buffer.alloc(32) },
      );
      await applyEvents(database, [applicableRequest(handler, record)], { deadlineMs: 60_000 });
      return requestId;
    },
    async erase(addressDigest, erasedAt) {
      const { record } = sealRequest(
        {
          topic: 'privacy.erasure_request.v1',
          type: 'privacy.erasure_request.erase',
          cause: causedBy,
          causedBy,
          handler: 'test',
          // Each is another request: the inbox knows those that it has seen.
          qualifier: randomUUID(),
          payload: { addressDigest, erasedAt },
        },
        { tenantId, group: 'crm', requestedAtMs: Date.now(), installationKey: undefined },
      );
      await applyEvents(database, [applicableRequest(erasure, record)], { deadlineMs: 60_000 });
    },
    stands: (requestId, state) =>
      until(`${requestId} is ${state}`, async () => {
        const found = await row(requestId);
        return found?.state === state ? found : undefined;
      }),
    message: row,
    async digestOf(requestId) {
      const [found] = await test.admin<{ readonly id: string | null }>(
        `SELECT replace(digest_id::text, '-', '') AS id FROM notifications.message WHERE request_id = $1::uuid`,
        [requestId.slice(4)],
      );
      return found?.id === null || found === undefined ? null : `req_${found.id}`;
    },
    async textOf(requestId) {
      const found = await row(requestId);
      return readContent(found?.content ?? '').text ?? '';
    },
    open: () =>
      test.admin(`SELECT state, code, content FROM notifications.message WHERE NOT (state = ANY ($1::text[]))`, [
        [...endStates],
      ]),
    async calls(requestId) {
      const rows = await test.admin<{ readonly outcome: string | null }>(
        'SELECT outcome FROM notifications.attempt WHERE request_id = $1::uuid ORDER BY n',
        [requestId.slice(4)],
      );
      return rows.map(({ outcome }) => outcome);
    },
    async decide(requestId, decision) {
      await test.admin('UPDATE notifications.turn SET message_decision = $2 WHERE request_id = $1::uuid', [
        requestId.slice(4),
        decision,
      ]);
    },
    ended: async (requestId) => {
      await until(`the call of ${requestId} has ended`, async () => !(await world.calls(requestId)).includes(null));
    },
    async makeDue(requestId) {
      await test.admin(
        'UPDATE notifications.turn SET due_at = clock_timestamp(), lease_until = NULL WHERE request_id = $1::uuid',
        [requestId.slice(4)],
      );
    },
    async close() {
      await runner.stop({ deadlineMs: 60_000 });
      await Promise.all([outbound.close(), twilio.close(), resend.close()]);
      await test.drop();
    },
  };
  runner.start();
  return world;
}

const causedBy = 'evt_47fca7c8db0b51af89a63cf6e0ed9357';

const directory: Directory = createDirectory({
  regions: new Map(),
  people: [
    {
      id: 'per_ada',
      tenantId,
      name: 'Ada',
      language: 'de',
      channels: [
        { id: 'sms', kind: 'sms', address: '+15005550007' },
        { id: 'second', kind: 'sms', address: '+15005550008' },
        { id: 'mail', kind: 'email', address: 'ada@acme.example' },
      ],
    },
    {
      id: 'per_bea',
      tenantId,
      name: 'Bea',
      language: 'en',
      fallback: false,
      channels: [
        { id: 'second', kind: 'sms', address: '+15005550009' },
        { id: 'mail', kind: 'email', address: 'bea@acme.example' },
      ],
    },
  ],
  phones: [],
});

const loopback = '127.0.0.0/8';

function twilioSender(origin: string): Sender {
  return {
    id: 'snd_sms',
    tenant: tenantId,
    kind: 'twilio',
    accountSid: `AC${'0'.repeat(32)}`,
    apiKeySid: `SK${'0'.repeat(32)}`,
    apiKeySecret: 'the-secret-of-twilio',
    from: '+15005550006',
    network: loopback,
    origin,
  };
}

function resendSender(origin: string): Sender {
  return {
    id: 'snd_mail',
    tenant: tenantId,
    kind: 'resend',
    apiKey: 're_secret',
    from: 'a@acme.example',
    network: loopback,
    origin,
  };
}
