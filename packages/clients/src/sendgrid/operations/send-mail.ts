import { type Mail, type MailAddress, type OperationDefinition, requiredHeader } from '../../contract/index.ts';
import type { SendgridCredentials } from '../credentials.ts';

/**
 * https://www.twilio.com/docs/sendgrid/api-reference/mail-send/mail-send. Nothing makes SendGrid know a request again; the
 * marks come back as custom arguments of its events, which tell what became of a mail whose answer was lost.
 */
export const sendMail: OperationDefinition<SendgridCredentials, Mail, { readonly messageId: string }> = {
  name: 'mail.send',
  repeatable: 'no',
  request: ({ from, to, subject, text, html, marks }) => ({
    method: 'POST',
    path: '/v3/mail/send',
    body: {
      json: {
        from: emailOf(from),
        subject,
        personalizations: [{ to: [emailOf(to)], ...(marks === undefined ? {} : { custom_args: marks }) }],
        content: [
          { type: 'text/plain', value: text },
          ...(html === undefined ? [] : [{ type: 'text/html', value: html }]),
        ],
      },
    },
  }),
  // 202 without a body.
  answer: (answer) => ({ messageId: requiredHeader(answer, 'x-message-id') }),
};

function emailOf({ address, name }: MailAddress): { email: string; name?: string } {
  return { email: address, ...(name === undefined ? {} : { name }) };
}
