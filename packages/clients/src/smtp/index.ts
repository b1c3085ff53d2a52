import { timeoutSignal } from '@trunkline/core';
import { type AddressGuard, type DialFailure, openSocket, type ResolveName } from '@trunkline/http-client';
import MailComposer from 'nodemailer/lib/mail-composer';

import type { Mail } from '../contract/index.ts';
import type { OperationOutcome } from '../executor.ts';
import type { SmtpCredentials } from './credentials.ts';
import { failed, happeningOf, type SmtpDone } from './outcome.ts';
import { runSession, type SessionOptions } from './session.ts';

export { smtpCredentials } from './credentials.ts';
export type { SmtpCredentials };

export interface SmtpSenderOptions {
  readonly guard: AddressGuard;
  /** DNS of the system when absent. */
  readonly resolve?: ResolveName;
  /** Over the whole session; 30 s when absent, since servers take their time to look at a mail. */
  readonly timeoutMs?: number;
}

export interface SmtpWish {
  readonly credentials: SmtpCredentials;
  readonly mail: Mail;
  /** Names the mail: it becomes its Message-ID, by which a receiver may know a second copy. */
  readonly correlationId: string;
}

/** Sends mail by a server of the user's: one session for each, nothing repeated. Nothing makes a server know a mail again. */
export interface SmtpSender {
  /** Never rejects for what happens outside: that is an outcome, in the words of the error table. */
  send(wish: SmtpWish): Promise<OperationOutcome<SmtpDone>>;
  /** Whether the server lets the user in; nothing is sent. A server without a user is asked for its greeting alone. */
  logIn(credentials: SmtpCredentials): Promise<OperationOutcome<void>>;
}

const defaultTimeoutMs = 30_000;
const silenceMs = 10_000;

export function createSmtpSender({ guard, resolve, timeoutMs = defaultTimeoutMs }: SmtpSenderOptions): SmtpSender {
  /** Undefined once the server took it all. */
  async function say(
    credentials: SmtpCredentials,
    mail: SessionOptions['mail'],
  ): Promise<OperationOutcome<never> | undefined> {
    const { host, port, security } = credentials;
    const opened = await openSocket({
      guard,
      host,
      port,
      isPlain: security === 'plain',
      ...(resolve === undefined ? {} : { resolve }),
    });
    if (!('socket' in opened)) return unopened(opened);
    const { socket } = opened;
    const late = timeoutSignal(timeoutMs);
    const giveUp = (): unknown => socket.destroy();
    late.addEventListener('abort', giveUp);
    try {
      const failure = await runSession({ credentials, socket, mail, silenceMs: Math.min(silenceMs, timeoutMs) });
      if (failure === undefined) return undefined;
      const timed = late.aborted ? { ...failure, isTimeout: true } : failure;
      return failed(happeningOf(timed), `${host} failed at ${failure.stage} (${failure.replyCode ?? 'no reply'})`);
    } finally {
      late.removeEventListener('abort', giveUp);
    }
  }

  return {
    async send({ credentials, mail, correlationId }) {
      const messageId = `<${correlationId}@${mail.from.address.split('@').at(-1) ?? 'localhost'}>`;
      const message = await messageOf(mail, messageId);
      const failure = await say(credentials, { message, from: mail.from.address, to: mail.to.address });
      return failure ?? done({ messageId });
    },
    logIn: async (credentials) => (await say(credentials, undefined)) ?? done(undefined),
  };
}

function done<Output>(output: Output): OperationOutcome<Output> {
  return { kind: 'done', output, providerRequestId: undefined, attempts: 1, waitedMs: 0 };
}

async function messageOf({ from, to, subject, text, html, marks }: Mail, messageId: string): Promise<Buffer> {
  const composer = new MailComposer({
    from: { address: from.address, name: from.name ?? '' },
    to: { address: to.address, name: to.name ?? '' },
    subject,
    text,
    ...(html === undefined ? {} : { html }),
    messageId,
    headers: Object.fromEntries(
      Object.entries(marks ?? {}).map(([name, value]) => [`X-Trunkline-${name.replaceAll('_', '-')}`, value]),
    ),
    // Nothing of a mail is read from a file or fetched from a URL.
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  return await composer.compile().build();
}

function unopened({ reason, detail }: DialFailure): OperationOutcome<never> {
  return failed({ happening: reason === 'denied' ? 'denied' : 'unavailable', arrived: 'no' }, detail);
}
