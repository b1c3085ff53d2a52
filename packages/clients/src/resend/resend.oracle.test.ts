import { Resend } from 'resend';
import { expect, it } from 'vitest';

import { requestsOfBoth } from '../testing/index.ts';
import { resend } from './index.ts';

const credentials = { apiKey: 're_key' };

it('Resend: a mail is sent as its library sends it', async () => {
  const { ours, theirs } = await requestsOfBoth(resend, {
    operation: resend.operations.sendEmail,
    input: {
      from: { address: 'hello@trunkline.example' },
      to: { address: 'ada@example.com' },
      subject: 'A call you missed',
      text: 'text ü',
      html: '<p>text</p>',
      marks: { request_id: 'req_1' },
    },
    credentials,
    reply: { status: 200, json: { id: '49a3999c' } },
    sdk: (url) =>
      new Resend(credentials.apiKey, { baseUrl: url }).emails.send({
        from: 'hello@trunkline.example',
        to: 'ada@example.com',
        subject: 'A call you missed',
        text: 'text ü',
        html: '<p>text</p>',
        tags: [{ name: 'request_id', value: 'req_1' }],
      }),
  });

  expect(ours).toEqual(theirs);
});
