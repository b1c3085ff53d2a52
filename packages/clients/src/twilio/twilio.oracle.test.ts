import sdk from 'twilio';
import { expect, it } from 'vitest';

import { requestsOfBoth } from '../testing/index.ts';
import { twilio } from './index.ts';

const accountSid = `AC${'0'.repeat(32)}`;
const credentials = { accountSid, apiKeySid: `SK${'1'.repeat(32)}`, apiKeySecret: 'secret' };
const message = {
  to: '+15005550006',
  from: '+15005550001',
  body: 'Hi & bye ü',
  statusCallback: 'https://hooks.example/a?b=c',
};

/** The library builds its URLs of region and edge, so that the one that it is to use is put in where it sends. */
function sdkAt(url: string): ReturnType<typeof sdk> {
  const client = sdk(credentials.apiKeySid, credentials.apiKeySecret, { accountSid });
  const { httpClient } = client;
  const request = httpClient.request.bind(httpClient);
  httpClient.request = (options) => request({ ...options, uri: options.uri.replace('https://api.twilio.com', url) });
  return client;
}

it('Twilio: a message is created as its library creates it', async () => {
  const { ours, theirs } = await requestsOfBoth(twilio, {
    operation: twilio.operations.createMessage,
    input: message,
    credentials,
    reply: { status: 201, json: { sid: 'SM1', status: 'queued' } },
    sdk: (url) => sdkAt(url).messages.create(message),
  });

  expect(ours).toEqual(theirs);
});

it('Twilio: a message is fetched as its library fetches it', async () => {
  const { ours, theirs } = await requestsOfBoth(twilio, {
    operation: twilio.operations.fetchMessage,
    input: { sid: 'SM1' },
    credentials,
    reply: { status: 200, json: { sid: 'SM1', status: 'sent' } },
    sdk: (url) => sdkAt(url).messages('SM1').fetch(),
  });

  expect(ours).toEqual(theirs);
});

it('Twilio: an account is fetched as its library fetches it', async () => {
  const { ours, theirs } = await requestsOfBoth(twilio, {
    operation: twilio.identify,
    input: undefined,
    credentials,
    reply: { status: 200, json: { sid: accountSid } },
    sdk: (url) => sdkAt(url).api.v2010.accounts(accountSid).fetch(),
  });

  expect(ours).toEqual(theirs);
});
