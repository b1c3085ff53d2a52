import type { Socket } from 'node:net';

import { foreignCode } from '@trunkline/core';
import SMTPConnection from 'nodemailer/lib/smtp-connection';

import type { SmtpCredentials } from './credentials.ts';

/** Where a session with the server was when it failed, and the server's own code where it spoke. */
export interface SessionFailure {
  readonly stage: 'connect' | 'login' | 'send';
  /** https://www.rfc-editor.org/rfc/rfc5321#section-4.2: 4xx not now, 5xx not at all. */
  readonly replyCode: number | undefined;
  readonly isTimeout: boolean;
  readonly isTls: boolean;
}

export interface SessionOptions {
  readonly credentials: SmtpCredentials;
  readonly socket: Socket;
  /** Undefined: nothing is sent, and nothing but the login is tried. */
  readonly mail: { readonly message: Buffer; readonly from: string; readonly to: string } | undefined;
  /** Longest silence of the server. */
  readonly silenceMs: number;
}

/** Logs in, says one message to the server and leaves. Resolves with the failure, or with undefined once the server took it all. */
export async function runSession(options: SessionOptions): Promise<SessionFailure | undefined> {
  const { credentials, socket, mail, silenceMs } = options;
  const { host, port, security, user, password } = credentials;
  const session = new SMTPConnection({
    host,
    port,
    connection: socket,
    secure: security === 'tls',
    requireTLS: security === 'starttls',
    ignoreTLS: security === 'plain',
    tls: { servername: host, minVersion: 'TLSv1.2' },
    greetingTimeout: silenceMs,
    connectionTimeout: silenceMs,
    socketTimeout: silenceMs,
    maxResponseSize: 64 * 1024,
  });
  // An error may come at any time, also between two steps: it ends the step that waits. The library does not see a
  // connection that ended before it listened.
  const broken = new Promise<never>((_, reject) => {
    session.on('error', reject);
    const ended = (): unknown => setImmediate(reject, new Error('the connection ended'));
    if (socket.closed) ended();
    else socket.once('close', ended);
  });
  broken.catch(() => undefined);
  const step = async (run: (done: (error?: Error | null) => void) => void): Promise<void> => {
    const done = new Promise<void>((resolve, reject) => {
      run((error) => (error === undefined || error === null ? resolve() : reject(error)));
    });
    await Promise.race([done, broken]);
  };

  let stage: SessionFailure['stage'] = 'connect';
  try {
    await step((done) => session.connect(done));
    if (user !== undefined) {
      stage = 'login';
      await step((done) => session.login({ user, pass: password ?? '' }, done));
    }
    if (mail !== undefined) {
      const { from, to, message } = mail;
      stage = 'send';
      await step((done) => session.send({ from, to: [to] }, message, done));
    }
    session.quit();
    return undefined;
  } catch (error) {
    session.close();
    return { stage, ...factsOf(error) };
  }
}

/** The error's message quotes what the server said, which may quote the mail; only its codes are taken. */
function factsOf(error: unknown): Omit<SessionFailure, 'stage'> {
  const replyCode =
    typeof error === 'object' && error !== null && 'responseCode' in error && typeof error.responseCode === 'number'
      ? error.responseCode
      : undefined;
  return { replyCode, isTimeout: foreignCode(error) === 'ETIMEDOUT', isTls: foreignCode(error) === 'ETLS' };
}
