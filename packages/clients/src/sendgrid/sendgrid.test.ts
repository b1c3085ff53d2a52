import { describeClient, sampleOf } from '../testing/index.ts';
import { sendgrid } from './index.ts';

const credentials = { apiKey: 'SG.sendgrid-secret-marker' };

describeClient(sendgrid, {
  credentials,
  secrets: [credentials.apiKey, 'ada@example.com', 'text-marker'],
  samples: [
    sampleOf({
      operation: sendgrid.operations.sendMail,
      input: {
        from: { address: 'hello@trunkline.example', name: 'Trunkline' },
        to: { address: 'ada@example.com' },
        subject: 'A call you missed',
        text: 'text-marker',
        html: '<p>text-marker</p>',
        marks: { request_id: 'req_1' },
      },
      request: {
        method: 'POST',
        path: '/v3/mail/send',
        body: {
          from: { email: 'hello@trunkline.example', name: 'Trunkline' },
          subject: 'A call you missed',
          personalizations: [{ to: [{ email: 'ada@example.com' }], custom_args: { request_id: 'req_1' } }],
          content: [
            { type: 'text/plain', value: 'text-marker' },
            { type: 'text/html', value: '<p>text-marker</p>' },
          ],
        },
      },
      reply: { status: 202, headers: { 'x-message-id': 'msg-1' } },
      output: { messageId: 'msg-1' },
    }),
    sampleOf({
      operation: sendgrid.identify,
      input: undefined,
      request: { method: 'GET', path: '/v3/scopes' },
      reply: { status: 200, json: { scopes: ['mail.send'] } },
      output: { account: undefined },
      required: ['scopes'],
    }),
  ],
});
