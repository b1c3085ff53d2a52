import { describeClient, sampleOf } from '../testing/index.ts';
import { twilio } from './index.ts';

const sid = `AC${'0'.repeat(32)}`;
const credentials = { accountSid: sid, apiKeySid: `SK${'1'.repeat(32)}`, apiKeySecret: 'twilio-secret-marker' };
const { createMessage, fetchMessage, listMessages } = twilio.operations;
const message = { sid: 'SM1', status: 'queued', error_code: null };

describeClient(twilio, {
  credentials,
  secrets: [credentials.apiKeySecret, '+15005550006', 'body-marker'],
  samples: [
    sampleOf({
      operation: createMessage,
      input: {
        to: '+15005550006',
        from: '+15005550001',
        body: 'body-marker & ü',
        statusCallback: 'https://hooks.example/hooks/src_twilio',
      },
      request: {
        method: 'POST',
        path: `/2010-04-01/Accounts/${sid}/Messages.json`,
        body: 'To=%2B15005550006&StatusCallback=https%3A%2F%2Fhooks.example%2Fhooks%2Fsrc_twilio&From=%2B15005550001&Body=body-marker+%26+%C3%BC',
      },
      reply: { status: 201, json: message },
      output: message,
      required: ['sid', 'status'],
    }),
    sampleOf({
      operation: fetchMessage,
      input: { sid: 'SM1' },
      request: { method: 'GET', path: `/2010-04-01/Accounts/${sid}/Messages/SM1.json` },
      reply: { status: 200, json: { ...message, error_code: 30003 } },
      output: { ...message, error_code: 30003 },
      required: ['sid', 'status'],
    }),
    sampleOf({
      operation: listMessages,
      input: { to: '+15005550006', dateSent: '2026-11-29' },
      request: {
        method: 'GET',
        path: `/2010-04-01/Accounts/${sid}/Messages.json?To=%2B15005550006&DateSent=2026-11-29&PageSize=100`,
      },
      reply: {
        status: 200,
        json: { messages: [{ ...message, body: 'hello', date_created: 'Sun, 29 Nov 2026 10:00:00 +0000' }] },
      },
      output: { messages: [{ ...message, body: 'hello', date_created: 'Sun, 29 Nov 2026 10:00:00 +0000' }] },
      required: ['messages'],
    }),
    sampleOf({
      operation: twilio.identify,
      input: undefined,
      request: { method: 'GET', path: `/2010-04-01/Accounts/${sid}.json` },
      reply: { status: 200, json: { sid } },
      output: { account: sid },
      required: ['sid'],
    }),
  ],
});
