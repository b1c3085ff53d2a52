import { WebClient } from '@slack/web-api';
import { expect, it } from 'vitest';

import { requestsOfBoth } from '../testing/index.ts';
import { slack } from './index.ts';

const credentials = { botToken: 'xoxb-token' };
const metadata = { event_type: 'trunkline_message', event_payload: { mark: 'req_1' } };

it('Slack: a message says what its library says, in JSON instead of a form', async () => {
  const { ours, theirs } = await requestsOfBoth(slack, {
    operation: slack.operations.postMessage,
    input: { channel: 'C123', text: 'text ü', mark: 'req_1' },
    credentials,
    reply: { status: 200, json: { ok: true, ts: '1.2' } },
    sdk: (url) =>
      new WebClient(credentials.botToken, { slackApiUrl: `${url}/api/` }).chat.postMessage({
        channel: 'C123',
        text: 'text ü',
        metadata,
      }),
  });

  expect(theirs).toMatchObject({ body: { channel: 'C123', text: 'text ü', metadata: JSON.stringify(metadata) } });
  expect(ours).toMatchObject({ body: { channel: 'C123', text: 'text ü', metadata } });
  expect(withoutBody(ours)).toEqual(withoutBody(theirs));
});

function withoutBody(request: unknown): unknown {
  return { ...(request as object), body: undefined };
}
