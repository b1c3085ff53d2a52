import { startUpstream, type Upstream } from './upstream.ts';

/** A mail that the fake took. */
export interface ResendMail {
  readonly id: string;
  readonly key: string | undefined;
  readonly to: string;
  readonly subject: string;
  readonly text: string;
}

/** Mails of Resend's API: https://resend.com/docs/api-reference/emails/send-email */
export interface ResendUpstream extends Upstream {
  /** Each once: a request whose `Idempotency-Key` it knows is answered and not done again. */
  readonly mails: readonly ResendMail[];
  /** Requests that it knew. */
  known(): number;
}

export async function startResend(): Promise<ResendUpstream> {
  const byKey = new Map<string, { readonly body: string; readonly mail: ResendMail }>();
  const mails: ResendMail[] = [];
  let known = 0;
  const upstream = await startUpstream(({ method, path, headers, body }) => {
    if (method !== 'POST' || path !== '/emails') return { status: 404, json: { name: 'not_found' } };
    const given = headers['idempotency-key'];
    const key = typeof given === 'string' ? given : undefined;
    const before = key === undefined ? undefined : byKey.get(key);
    if (before !== undefined) {
      known += 1;
      // https://resend.com/docs/dashboard/emails/idempotency-keys: one key, one mail.
      if (before.body !== body) return { status: 409, json: { name: 'invalid_idempotent_request' } };
      return { status: 200, json: { id: before.mail.id } };
    }
    // The client's own test holds what it sends against the SDK.
    const { to, subject, text } = JSON.parse(body) as Pick<ResendMail, 'to' | 'subject' | 'text'>;
    const mail = { id: `mail-${mails.length + 1}`, key, to, subject, text };
    mails.push(mail);
    if (key !== undefined) byKey.set(key, { body, mail });
    return { status: 200, json: { id: mail.id } };
  });
  return { ...upstream, mails, known: () => known };
}
