import type { RequestId } from '@trunkline/core';
import { until } from '@trunkline/installation';
import { createSenders, type Sender } from '@trunkline/sources/senders';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';

import { type SendingWorld, startSendingWorld, tenantId } from '../testing/sending-world.ts';

/** The account of the connection; the sender itself has none. */
const accountSid = `AC${'7'.repeat(32)}`;
const credentials = { accountSid, apiKeySid: `SK${'7'.repeat(32)}`, apiKeySecret: 'connection-secret-marker' };
const id = 'con_twilio';

let world: SendingWorld;
beforeAll(async () => {
  world = await startSendingWorld(inject('stack').postgresAdminUrl);
  world.senders = createSenders([connectedSender(world.twilio.url)]);
});
beforeEach(async () => {
  await world.connect(id, 'twilio', credentials);
});
afterEach(async () => {
  world.twilio.knowsKey = true;
  world.aheadMs = 0;
  await world.test.admin('DELETE FROM connections.connection');
  await world.test.admin('DELETE FROM notifications.refused_connection');
  await world.test.admin(`UPDATE notifications.message SET state = 'expired' WHERE state = 'no_sender'`);
});
afterAll(() => world?.close());

function connectedSender(origin: string): Sender {
  return {
    id: 'snd_sms',
    tenant: tenantId,
    kind: 'twilio',
    connection: id,
    accountOf: id,
    apiKeySecret: undefined,
    from: '+15005550006',
    network: '127.0.0.0/8',
    origin,
  };
}

/** As an operator, or a check, has left the connection. */
async function stands(set: string): Promise<void> {
  await world.test.admin(`UPDATE connections.connection SET ${set} WHERE connection_id = $1`, [id]);
}

async function sent(requestId: RequestId): Promise<unknown> {
  await world.makeDue(requestId);
  return await world.stands(requestId, 'accepted');
}

describe('a sender that names a connection', () => {
  it("shows the provider what is sealed of it, in the connection's account", async () => {
    const request = await world.ask('connected');

    await world.stands(request, 'accepted');

    const last = world.twilio.requests.at(-1);
    expect(last?.path).toContain(`/Accounts/${accountSid}/`);
    expect(last?.headers.authorization).toBe(
      `Basic ${Buffer.from(`${credentials.apiKeySid}:${credentials.apiKeySecret}`).toString('base64')}`,
    );
  });

  it('shows new credentials from the moment they are sealed', async () => {
    await world.connect(id, 'twilio', { ...credentials, apiKeySecret: 'the-next-secret' });
    const request = await world.ask('rotated');

    await world.stands(request, 'accepted');

    const shown = world.twilio.requests.at(-1)?.headers.authorization?.replace('Basic ', '') ?? '';
    expect(Buffer.from(shown, 'base64').toString()).toContain('the-next-secret');
  });

  it.each<readonly [string, string, string]>([
    ['is paused', `connection_decision = 'paused'`, 'connection_paused'],
    ['is in the file no more', 'is_configured = false', 'connection_paused'],
    ['is refused', `health = 'degraded', reason = 'credentials_refused'`, 'connection_unusable'],
    ["is another account's", `health = 'needs_authorization', reason = 'account_mismatch'`, 'connection_unusable'],
  ])('keeps what is to be told while the connection %s, and tells it after', async (_, how, code) => {
    await stands(how);
    const request = await world.ask(`kept: ${how}`);

    const waiting = await world.stands(request, 'no_sender');
    const callsMeanwhile = await world.calls(request);
    await stands(`connection_decision = NULL, is_configured = true, health = 'active', reason = NULL`);
    await sent(request);

    expect(waiting).toMatchObject({ code, attempts: 0 });
    expect(callsMeanwhile).toEqual([]);
    expect(world.twilio.messages.filter(({ body }) => body === `kept: ${how}`)).toHaveLength(1);
  });

  it('keeps what is to be told when the connection is revoked, until another one has its place', async () => {
    await stands(`connection_decision = 'revoked'`);
    await world.test.admin('DELETE FROM connections.vault_key WHERE owner = $1', [id]);
    await world.test.admin('DELETE FROM connections.credential WHERE connection_id = $1', [id]);
    const request = await world.ask('revoked');
    const waiting = await world.stands(request, 'no_sender');

    await world.connect('con_other', 'twilio', credentials);
    const before = world.senders;
    world.senders = createSenders([{ ...connectedSender(world.twilio.url), accountOf: 'con_other' }]);
    await sent(request);
    world.senders = before;

    expect(waiting).toMatchObject({ code: 'connection_revoked' });
  });

  it.each([
    ['a right may be missing', `health = 'degraded', reason = 'permission_missing'`],
    ['its provider did not answer the last checks', `health = 'degraded', reason = 'unreachable'`],
    ['nobody has checked it yet', `health = 'pending'`],
  ])('is used where %s: the call itself says whether it works', async (what, how) => {
    await stands(how);
    const request = await world.ask(what);

    expect(await world.stands(request, 'accepted')).toMatchObject({ attempts: 1 });
  });

  it('waits for a connection that is not set up yet', async () => {
    await stands(`connection_id = 'con_elsewhere'`);
    const request = await world.ask('not yet');

    expect(await world.stands(request, 'no_sender')).toMatchObject({ code: 'connection_missing' });
  });

  it("never opens another tenant's", async () => {
    await stands(`tenant_id = 'tnt_b'`);
    const request = await world.ask('of another tenant');

    expect(await world.stands(request, 'no_sender')).toMatchObject({ code: 'connection_missing' });
  });

  it('waits in a process without a key, which a process with the key sends for', async () => {
    const { vault } = world;
    world.vault = undefined;
    const request = await world.ask('no key here');
    const waiting = await world.stands(request, 'no_sender');

    world.vault = vault;
    await sent(request);

    expect(waiting).toMatchObject({ code: 'vault_key_missing' });
  });

  it('wants the connection checked when its provider refuses it, once for as many messages as are refused', async () => {
    world.twilio.knowsKey = false;
    const requests = await Promise.all(['one', 'two', 'three'].map((name) => world.ask(`refused: ${name}`)));
    for (const request of requests)
      await until(`${request} is refused`, async () => (await world.calls(request)).includes('refused'));

    const refusals = await world.test.admin(
      'SELECT connection_id, tenant_id, what FROM notifications.refused_connection',
    );

    expect(refusals).toEqual([{ connection_id: id, tenant_id: tenantId, what: 'credentials' }]);
    world.twilio.knowsKey = true;
    for (const request of requests) await sent(request);
  });

  it('leaves what may have been sent to a person where its connection cannot be asked either', async () => {
    const cut = Promise.withResolvers<void>();
    world.twilio.fail({ kind: 'late', until: cut.promise });
    const request = await world.ask('in doubt');
    await until('it is under way', () => world.twilio.messages.some(({ body }) => body === 'in doubt'));
    await stands(`connection_decision = 'paused'`);
    const before = world.twilio.requests.length;
    cut.reject(new Error('the connection is cut'));
    world.twilio.fail(undefined);

    expect(await world.stands(request, 'held')).toMatchObject({ code: 'no_evidence', attempts: 1 });
    expect(world.twilio.requests).toHaveLength(before);
  });

  it('wants no check for a message that is refused for what it says', async () => {
    world.twilio.fail({ kind: 'refuse', status: 400 });
    const request = await world.ask('a bad number');
    await world.stands(request, 'failed');
    world.twilio.fail(undefined);

    expect(await world.test.admin('SELECT * FROM notifications.refused_connection')).toEqual([]);
  });
});
