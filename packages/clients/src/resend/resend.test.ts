import { describeClient, sampleOf } from '../testing/index.ts';
import { resend } from './index.ts';

const credentials = { apiKey: 're_resend-secret-marker' };

describeClient(resend, {
  credentials,
  secrets: [credentials.apiKey, 'ada@example.com', 'text-marker'],
  samples: [
    sampleOf({
      operation: resend.operations.sendEmail,
      input: {
        from: { address: 'hello@trunkline.example', name: 'Trunkline "Ops"\r\nBcc: x' },
        to: { address: 'ada@example.com' },
        subject: 'A call you missed',
        text: 'text-marker',
        marks: { request_id: 'req_1' },
      },
      request: {
        method: 'POST',
        path: '/emails',
        body: {
          from: '"Trunkline OpsBcc: x" <hello@trunkline.example>',
          to: 'ada@example.com',
          subject: 'A call you missed',
          text: 'text-marker',
          tags: [{ name: 'request_id', value: 'req_1' }],
        },
      },
      reply: { status: 200, json: { id: '49a3999c' } },
      output: { id: '49a3999c' },
      required: ['id'],
    }),
    sampleOf({
      operation: resend.identify,
      input: undefined,
      request: { method: 'GET', path: '/domains' },
      reply: { status: 200, json: { data: [{ id: 'd91cd9bd' }] } },
      output: { account: undefined },
      required: ['data'],
    }),
  ],
});
