/** The sender by SMTP against a server that others wrote: what it takes, and what it says no to. */
import { createAddressGuard } from '@trunkline/http-client';
import { loopbackNetwork } from '@trunkline/http-client/testing';
import { type MailServer, mailServerProblem, startMailServer } from '@trunkline/stack';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import type { Mail } from '../contract/index.ts';
import type { OperationOutcome } from '../executor.ts';
import { createSmtpSender, type SmtpCredentials } from './index.ts';

const problem = await mailServerProblem();

it('finds a mail server', (context) => {
  if (problem !== undefined) context.skip(`cannot run here: ${problem}`);

  expect(problem).toBeUndefined();
});

const describeWhereItCanRun = problem === undefined ? describe : () => undefined;

describeWhereItCanRun('the sender by SMTP, to GreenMail', () => {
  let server: MailServer;
  beforeAll(async () => {
    server = await startMailServer();
  });
  afterAll(() => server?.stop());

  const send = (
    mail: Pick<Mail, 'subject' | 'text'> & { readonly to: string },
    change: Partial<SmtpCredentials> = {},
  ): Promise<OperationOutcome<unknown>> =>
    createSmtpSender({ guard: createAddressGuard({ allow: [loopbackNetwork] }) }).send({
      credentials: { host: '127.0.0.1', port: server.port, security: 'plain', ...server.login, ...change },
      mail: {
        from: { address: server.login.user, name: 'Trunkline "Ops"\r\nBcc: eve@acme.example' },
        to: { address: mail.to, name: 'Ada' },
        subject: mail.subject,
        text: mail.text,
        marks: { trunkline_request: 'req_1' },
      },
      correlationId: 'req_1',
    });

  it('logs in and leaves one mail, whatever its words are, with its id and its marks', async () => {
    const outcome = await send({
      to: 'words@acme.example',
      subject: 'Anruf verpasst: Zoë 📞',
      text: 'a line\n.\n..two dots\nFrom here\n',
    });

    const mails = await server.mailsTo('words@acme.example');
    expect(outcome).toMatchObject({ kind: 'done', output: { messageId: '<req_1@trunkline.example>' }, attempts: 1 });
    expect(mails).toMatchObject([{ subject: 'Anruf verpasst: Zoë 📞' }]);
    const source = mails[0]?.source ?? '';
    for (const part of ['Message-ID: <req_1@trunkline.example>', 'X-Trunkline-trunkline-request: req_1'])
      expect(source.toLowerCase()).toContain(part.toLowerCase());
    expect(source).toContain('a line\r\n.\r\n..two dots\r\nFrom here');
    expect(await server.mailsTo('eve@acme.example')).toEqual([]);
  });

  it('carries a text of many lines as it is', async () => {
    const text = Array.from({ length: 5_000 }, (_, line) => `line ${line}`).join('\n');

    const outcome = await send({ to: 'long@acme.example', subject: 'long', text });

    expect(outcome.kind).toBe('done');
    const [mail] = await server.mailsTo('long@acme.example');
    expect(mail?.source.replaceAll('\r\n', '\n')).toContain(text);
  });

  it('sends nothing with a wrong password, and tells it to nobody', async () => {
    const outcome = await send(
      { to: 'login@acme.example', subject: 'hello', text: 'hello' },
      { password: 'password-marker' },
    );

    expect(outcome).toMatchObject({ kind: 'failure', code: 'connection_unusable', arrived: 'refused' });
    expect(JSON.stringify(outcome)).not.toContain('password-marker');
    expect(await server.mailsTo('login@acme.example')).toEqual([]);
  });

  it('sends nothing by TLS to a server whose certificate nobody vouches for', async () => {
    const outcome = await send(
      { to: 'tls@acme.example', subject: 'hello', text: 'hello' },
      { security: 'tls', port: server.tlsPort },
    );

    expect(outcome).toMatchObject({ kind: 'failure', code: 'upstream_unavailable', arrived: 'no' });
    expect(await server.mailsTo('tls@acme.example')).toEqual([]);
  });

  it('sends nothing where STARTTLS is wanted and not offered', async () => {
    const outcome = await send(
      { to: 'starttls@acme.example', subject: 'hello', text: 'hello' },
      { security: 'starttls' },
    );

    expect(outcome).toMatchObject({ kind: 'failure', code: 'upstream_unavailable', arrived: 'no' });
    expect(await server.mailsTo('starttls@acme.example')).toEqual([]);
  });
});
