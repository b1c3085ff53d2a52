import mail from '@sendgrid/mail';
import { expect, it } from 'vitest';

import { requestsOfBoth } from '../testing/index.ts';
import { sendgrid } from './index.ts';

const credentials = { apiKey: 'SG.key' };

it('SendGrid: a mail is sent as its library sends it', async () => {
  const { ours, theirs } = await requestsOfBoth(sendgrid, {
    operation: sendgrid.operations.sendMail,
    input: {
      from: { address: 'hello@trunkline.example', name: 'Trunkline' },
      to: { address: 'ada@example.com', name: 'Ada' },
      subject: 'A call you missed',
      text: 'text ü',
      html: '<p>text</p>',
      marks: { request_id: 'req_1' },
    },
    credentials,
    reply: { status: 202, headers: { 'x-message-id': 'msg-1' } },
    sdk: (url) => {
      mail.setApiKey(credentials.apiKey);
      // Its types do not tell of it: https://github.com/sendgrid/sendgrid-nodejs/blob/main/packages/mail/src/classes/mail-service.js
      const { client } = mail as unknown as { client: { setDefaultRequest(name: 'baseUrl', url: string): void } };
      client.setDefaultRequest('baseUrl', `${url}/`);
      return mail.send({
        from: { email: 'hello@trunkline.example', name: 'Trunkline' },
        personalizations: [{ to: { email: 'ada@example.com', name: 'Ada' }, customArgs: { request_id: 'req_1' } }],
        subject: 'A call you missed',
        text: 'text ü',
        html: '<p>text</p>',
      });
    },
  });

  expect(ours).toEqual(theirs);
});
