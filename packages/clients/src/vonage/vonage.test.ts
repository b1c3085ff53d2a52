import { generateKeyPairSync } from 'node:crypto';

import { describeClient, sampleOf } from '../testing/index.ts';
import { vonage } from './index.ts';

const { privateKey } = generateKeyPairSync('rsa', {
  modulusLength: 2_048,
  privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  publicKeyEncoding: { type: 'spki', format: 'pem' },
});
const credentials = { applicationId: '7d2f0c2e-8f43-4d35-9f5b-0d2f0c2e8f43', privateKey };

describeClient(vonage, {
  credentials,
  secrets: [privateKey.slice(40, 100), '15005550006', 'body-marker'],
  samples: [
    sampleOf({
      operation: vonage.operations.sendMessage,
      input: { to: '+15005550006', from: '+15005550001', text: 'body-marker ü' },
      request: {
        method: 'POST',
        path: '/v1/messages',
        body: {
          message_type: 'text',
          channel: 'sms',
          to: '15005550006',
          from: '15005550001',
          text: 'body-marker ü',
        },
      },
      reply: { status: 202, json: { message_uuid: 'aaaaaaaa-bbbb' } },
      output: { message_uuid: 'aaaaaaaa-bbbb' },
      required: ['message_uuid'],
    }),
    sampleOf({
      operation: vonage.identify,
      input: undefined,
      request: { method: 'GET', path: '/v1/calls?page_size=1' },
      reply: { status: 200, json: { count: 0, _embedded: { calls: [] } } },
      output: { account: undefined },
      required: ['count'],
    }),
  ],
});
