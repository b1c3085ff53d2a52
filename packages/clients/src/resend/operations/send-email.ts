import { z } from 'zod';

import { jsonAnswer, type Mail, type MailAddress, type OperationDefinition } from '../../contract/index.ts';
import type { ResendCredentials } from '../credentials.ts';

/** https://resend.com/docs/api-reference/emails/send-email; a key is known again for 24 hours (…/idempotency-keys). */
export const sendEmail: OperationDefinition<ResendCredentials, Mail, { readonly id: string }> = {
  name: 'emails.send',
  repeatable: 'key',
  request: ({ from, to, subject, text, html, marks }, { idempotencyKey }) => ({
    method: 'POST',
    path: '/emails',
    headers: { 'idempotency-key': idempotencyKey },
    body: {
      json: {
        from: written(from),
        to: written(to),
        subject,
        text,
        html,
        tags: marks === undefined ? undefined : Object.entries(marks).map(([name, value]) => ({ name, value })),
      },
    },
  }),
  answer: jsonAnswer(z.object({ id: z.string() })),
};

/** RFC 5322 §3.4; quotes and line breaks in a name would end it. */
function written({ address, name }: MailAddress): string {
  return name === undefined ? address : `"${name.replaceAll(/["\\\r\n]/g, '')}" <${address}>`;
}
