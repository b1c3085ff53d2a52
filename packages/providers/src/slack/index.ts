import { randomBytes } from 'node:crypto';

import { readFormBody, readQuery, singleParameter } from '../contract/form-body.ts';
import { member, readJsonBody } from '../contract/json-body.ts';
import type { ProviderDefinition } from '../contract/provider.ts';
import { echoReply, plainAccepted } from '../contract/reply.ts';
import type { ReceivedRequest } from '../contract/request.ts';
import { firstSecret } from '../contract/settings.ts';
import { secretLike } from '../schemes/secret-forms.ts';
import { normalizeSlack } from './normalize.ts';
import { type SlackOptions, slackOptions } from './options.ts';
import { slackMappings, slackPassedOn } from './types.ts';
import { slackScheme } from './verify.ts';

/** Slack's challenges have 52 characters; a longer text is no challenge and is not repeated. */
const maxChallengeLength = 1_024;

export const slack: ProviderDefinition<SlackOptions> = {
  name: 'slack',
  title: 'Slack',
  docsUrl: 'https://docs.slack.dev/apis/events-api/',
  domains: ['communications'],
  scheme: 'HMAC-SHA256 over version, timestamp and body (v0)',
  methods: ['POST'],
  options: slackOptions,
  account: 'payload',
  secrets: {
    label: 'Signing secret',
    whereToFind: 'api.slack.com/apps, the app, Basic Information, App Credentials: Signing Secret',
    generate: () => randomBytes(16).toString('hex'),
    flawOf: secretLike(/^[0-9a-f]{32}$/, 'a signing secret, which is 32 hexadecimal digits'),
  },
  // Slack waits three seconds, the way to it and back included.
  acceptDeadlineMs: 2_000,
  retries: {
    answerWithin: '3 seconds.',
    schedule: 'Events three times: at once, after a minute, after five. Interactions and slash commands not at all.',
    autoDisable: 'When fewer than 5 % of the deliveries of 60 minutes succeed, Slack turns the subscription off.',
    outage: 'What happens while Trunkline is away for more than six minutes is lost.',
    dedupeBy:
      'event_id; interactions and slash commands by all they say, their trigger included. An app that subscribes to both message and app_mention gets two events, with two ids, of one message.',
  },
  eventTypes: [
    ...slackMappings,
    ...slackPassedOn.map((from) => ({ from, to: 'integration.event.received' as const })),
    { from: '*', to: 'integration.event.received' },
  ],
  coverage: () => slackScheme.coverage,
  verify: (request, settings, nowMs) => slackScheme.verify(request, settings.secrets, nowMs),
  sign: (request, settings, nowMs) => slackScheme.sign(request, firstSecret(settings), nowMs),
  normalize: normalizeSlack,
  // Whatever a proxy makes of the answer: what is durable need not come again.
  reply: () => ({ ...plainAccepted, headers: { 'x-slack-no-retry': '1' } }),
  probeMethods: () => ['GET'],
  handshake: {
    unsigned: (request) => (asksForCertificate(request) ? plainAccepted : undefined),
    signed: (delivery) => {
      const body = readJsonBody(delivery.request.body);
      if (!body.readable || member(body.value, 'type') !== 'url_verification') return undefined;
      const challenge = member(body.value, 'challenge');
      return typeof challenge === 'string' && challenge.length <= maxChallengeLength ? echoReply(challenge) : undefined;
    },
  },
  keepHeaders: () => ['X-Slack-Retry-Num', 'X-Slack-Retry-Reason'],
};

/** Slack's look whether the certificate of a command's address is good is not signed, and says nothing but that. */
function asksForCertificate(request: ReceivedRequest): boolean {
  if (request.body.length > maxProbeBytes) return false;
  const form = request.method === 'GET' ? readQuery(request.target) : readFormBody(request.body);
  return form.readable && singleParameter(form.parameters, 'ssl_check') === '1';
}

/** It has a token and ssl_check=1. A longer form is a command, and is proven. */
const maxProbeBytes = 1_024;
