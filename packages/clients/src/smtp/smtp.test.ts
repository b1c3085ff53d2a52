import { createAddressGuard } from '@trunkline/http-client';
import { loopbackNetwork } from '@trunkline/http-client/testing';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';

import type { OperationOutcome } from '../executor.ts';
import { type SmtpServer, startSmtpServer, type SmtpReply, type SmtpStep } from '../testing/smtp-server.ts';
import { createSmtpSender, type SmtpCredentials } from './index.ts';

const guard = createAddressGuard({ allow: [loopbackNetwork] });
const mail = {
  from: { address: 'hello@trunkline.example', name: 'Trunkline' },
  to: { address: 'ada@example.com', name: 'Ada' },
  subject: 'A call you missed ü',
  text: 'text-marker',
  html: '<p>text-marker</p>',
  marks: { request_id: 'req_1' },
};

let server: SmtpServer;
beforeAll(async () => {
  server = await startSmtpServer();
});
afterAll(() => server.close());
beforeEach(() => {
  server.behave({});
  server.mails.length = 0;
});

function send(change: Partial<SmtpCredentials> = {}, timeoutMs = 5_000): Promise<OperationOutcome<unknown>> {
  const credentials: SmtpCredentials = {
    host: '127.0.0.1',
    port: server.port,
    security: 'plain',
    user: 'hello',
    password: 'password-marker',
    ...change,
  };
  return createSmtpSender({ guard, timeoutMs }).send({ credentials, mail, correlationId: 'req_1' });
}

describe('the sender by SMTP', () => {
  it('gives the server one mail with what it is told', async () => {
    const outcome = await send();

    expect(outcome).toMatchObject({ kind: 'done', output: { messageId: '<req_1@trunkline.example>' }, attempts: 1 });
    expect(server.mails).toHaveLength(1);
    const [taken] = server.mails;
    expect(taken).toMatchObject({
      from: expect.stringContaining('<hello@trunkline.example>'),
      to: expect.stringContaining('<ada@example.com>'),
      auth: `AUTH PLAIN ${Buffer.from('\0hello\0password-marker').toString('base64')}`,
    });
    for (const part of [
      'Message-ID: <req_1@trunkline.example>',
      'X-Trunkline-request-id: req_1',
      'text-marker',
      '<p>text-marker</p>',
    ]) {
      expect(taken?.text.toLowerCase()).toContain(part.toLowerCase());
    }
  });

  it('sends without a login where there is no user', async () => {
    const outcome = await createSmtpSender({ guard }).send({
      credentials: { host: '127.0.0.1', port: server.port, security: 'plain' },
      mail,
      correlationId: 'req_1',
    });

    expect(outcome.kind).toBe('done');
    expect(server.mails[0]?.auth).toBeUndefined();
  });

  it.each<[SmtpStep, SmtpReply, string, string]>([
    ['greeting', '421 not now', 'upstream_5xx', 'refused'],
    ['greeting', '554 not you', 'upstream_4xx', 'refused'],
    ['greeting', 'hang up', 'upstream_unavailable', 'no'],
    ['EHLO', 'hang up', 'upstream_unavailable', 'no'],
    ['AUTH', '535 wrong', 'connection_unusable', 'refused'],
    ['AUTH', '454 not now', 'upstream_5xx', 'refused'],
    ['AUTH', 'hang up', 'upstream_unavailable', 'no'],
    ['MAIL', '451 later', 'upstream_5xx', 'refused'],
    ['RCPT', '550 nobody of that name', 'upstream_4xx', 'refused'],
    ['DATA', '452 full', 'upstream_5xx', 'refused'],
    ['message', '554 spam', 'upstream_4xx', 'refused'],
    ['message', '451 look later', 'upstream_5xx', 'refused'],
    ['message', 'hang up', 'upstream_unavailable', 'maybe'],
  ])('at %s told "%s"', async (...[step, reply, code, arrived]) => {
    server.behave({ [step]: reply });

    const outcome = await send();

    expect(outcome).toMatchObject({ kind: 'failure', code, arrived });
    expect(JSON.stringify(outcome)).not.toMatch(/marker|ada@|spam|nobody/);
  });

  it.each<[SmtpStep, string, string]>([
    ['greeting', 'upstream_timeout', 'no'],
    ['message', 'upstream_timeout', 'maybe'],
  ])('waits for the server at %s no longer than its deadline', async (step, code, arrived) => {
    server.behave({ [step]: 'silent' });

    expect(await send({}, 300)).toMatchObject({ kind: 'failure', code, arrived });
  });

  it('sends nothing where STARTTLS is wanted and not offered', async () => {
    const outcome = await send({ security: 'starttls' });

    expect(outcome).toMatchObject({ kind: 'failure', code: 'upstream_unavailable', arrived: 'no' });
    expect(server.mails).toEqual([]);
  });

  it('sends nothing where TLS is wanted and not spoken', async () => {
    const outcome = await send({ security: 'tls' });

    expect(outcome).toMatchObject({ kind: 'failure', arrived: 'no' });
    expect(server.mails).toEqual([]);
  });

  it('says nothing to a place that may not be called', async () => {
    const outcome = await createSmtpSender({ guard: createAddressGuard() }).send({
      credentials: { host: '127.0.0.1', port: server.port, security: 'plain' },
      mail,
      correlationId: 'req_1',
    });

    expect(outcome).toMatchObject({ code: 'destination_denied', arrived: 'no' });
  });
});
