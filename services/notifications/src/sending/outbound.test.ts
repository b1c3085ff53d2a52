import { slack } from '@trunkline/clients';
import { hostileUrls } from '@trunkline/http-client/testing';
import { createLogger } from '@trunkline/runtime';
import type { Sender } from '@trunkline/sources/senders';
import { afterAll, describe, expect, it } from 'vitest';

import { createOutbound } from './outbound.ts';

const log = createLogger({ name: 'test', version: '0', instance: 'out', level: 'fatal', sharesOutput: true });
const outbound = createOutbound({ limiter: undefined, callMs: 2_000, log });
afterAll(() => outbound.close());

const person = { address: 'ada@acme.example' };

// What is told of alerts to `operators:` goes out by the same senders.
describe('a sender', () => {
  it.each(hostileUrls)('calls no API at %s: %s', async (origin) => {
    const sender: Sender = {
      id: 'snd_chat',
      tenant: 'tnt_a',
      kind: 'slack',
      connection: 'con_slack',
      botToken: 'xoxb-token',
      network: undefined,
      origin,
    };

    const outcome = await outbound.executor(sender).run(slack, {
      operation: slack.operations.postMessage,
      connection: { id: 'con_slack', account: 'T1', credentials: { botToken: 'xoxb-token' } },
      input: { channel: 'C1', text: 'text', mark: 'req_1' },
      correlationId: 'req_1',
    });

    expect(outcome).toMatchObject({
      kind: 'failure',
      arrived: 'no',
      detail: expect.stringMatching(/not a destination for requests: .{20}/),
    });
  });

  it.each(['127.0.0.1', '2130706433', '::1', 'localhost', 'metadata.google.internal', '169.254.169.254'])(
    'hands no mail to %s',
    async (host) => {
      const sender: Sender = { id: 'snd_chat', tenant: 'tnt_a', kind: 'demo', carries: ['email'] };

      const outcome = await outbound.smtp(sender, { host, port: 587 }).send({
        credentials: { host, port: 587, security: 'starttls' },
        mail: { from: person, to: person, subject: 'subject', text: 'text' },
        correlationId: 'req_1',
      });

      expect(outcome).toMatchObject({ kind: 'failure', detail: expect.stringMatching(/not a destination: .{20}/) });
    },
  );
});
