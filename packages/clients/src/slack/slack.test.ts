import { describe, expect, it } from 'vitest';

import { describeClient, sampleOf } from '../testing/index.ts';
import { slack } from './index.ts';

const credentials = { botToken: 'xoxb-slack-secret-marker' };

describeClient(slack, {
  credentials,
  secrets: [credentials.botToken, 'text-marker'],
  samples: [
    sampleOf({
      operation: slack.operations.postMessage,
      input: { channel: 'C123', text: 'text-marker', mark: 'req_1' },
      request: {
        method: 'POST',
        path: '/api/chat.postMessage',
        body: {
          channel: 'C123',
          text: 'text-marker',
          metadata: { event_type: 'trunkline_message', event_payload: { mark: 'req_1' } },
        },
      },
      reply: { status: 200, json: { ok: true, ts: '1503435956.000247' } },
      output: { ts: '1503435956.000247' },
      required: ['ok', 'ts'],
    }),
    sampleOf({
      operation: slack.identify,
      input: undefined,
      request: { method: 'POST', path: '/api/auth.test' },
      reply: { status: 200, json: { ok: true, team_id: 'T12345678' } },
      output: { account: 'T12345678' },
      required: ['team_id'],
    }),
  ],
});

describe('an answer of Slack', () => {
  it.each([
    [{ ok: true }, undefined],
    [
      { ok: false, error: 'ratelimited' },
      { happening: 'rate_limited', retryAfterMs: 30_000 },
    ],
    [{ ok: false, error: 'token_revoked' }, { happening: 'unauthorised' }],
    [{ ok: false, error: 'channel_not_found' }, { happening: 'rejected' }],
    [{ ok: false, error: 'internal_error' }, { happening: 'server_error' }],
    [{ ok: false }, { happening: 'rejected' }],
    ['no JSON', undefined],
  ])('%j with status 200 is %j', (body, judgement) => {
    const text = typeof body === 'string' ? body : JSON.stringify(body);

    expect(slack.judge?.({ status: 200, headers: { 'retry-after': '30' }, body: Buffer.from(text) })).toEqual(
      judgement,
    );
  });
});
