import { describe, expect, it } from 'vitest';

import type { ReceivedRequest } from '../contract/request.ts';
import { Secret } from '../contract/secret.ts';
import { loadFixture, requestOf } from '../fixtures.ts';
import { hmac } from '../schemes/scheme.ts';
import { deliveryOf, settingsWith, type Subject } from '../testing/conformance.ts';
import { conformanceNowMs, describeProvider } from '../testing/describe-provider.ts';
import { valueOf, withDuplicate, withoutHeader, withValue } from '../testing/tampering.ts';
import { github } from './index.ts';
import { normalizeGithub } from './normalize.ts';
import type { GithubOptions } from './options.ts';
import { githubScheme } from './verify.ts';

const opened = loadFixture('github', 'pull_request.opened');
const pushed = loadFixture('github', 'push');

describeProvider(github, {
  options: {},
  request: opened.request,
  fixtures: true,
  downgrades: {
    'X-Hub-Signature with SHA-1': (request, secret) => ({
      ...request,
      headers: [
        ...withoutHeader(request, 'X-Hub-Signature-256').headers,
        ['X-Hub-Signature', `sha1=${hmac('sha1', secret.reveal(), [request.body]).toString('hex')}`],
      ],
    }),
    'SHA-1 in the header of SHA-256': (request, secret) =>
      withValue(
        request,
        'X-Hub-Signature-256',
        () => `sha1=${hmac('sha1', secret.reveal(), [request.body]).toString('hex')}`,
      ),
    'no prefix': (request) => withValue(request, 'X-Hub-Signature-256', (value) => value.replace('sha256=', '')),
    'the signature in upper case': (request) =>
      withValue(request, 'X-Hub-Signature-256', (value) => `sha256=${value.slice(7).toUpperCase()}`),
  },
});

describeProvider(github, { variant: 'forms', options: {}, request: pushed.request });

describe('X-Hub-Signature-256', () => {
  it("equals GitHub's own published example", () => {
    // https://docs.github.com/en/webhooks/using-webhooks/validating-webhook-deliveries#testing-the-webhook-payload-validation
    const request = { ...subjectWith().request, body: Buffer.from('Hello, World!') };

    const signed = githubScheme.sign(request, new Secret("It's a Secret to Everybody"), conformanceNowMs);

    expect(valueOf(signed, 'X-Hub-Signature-256')).toBe(
      'sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17',
    );
  });
});

describe('a GitHub delivery', () => {
  it('has the name of its event and action, whether it is JSON or a form', () => {
    const types = [opened, pushed].map(
      (fixture) => normalize(requestOf(fixture, 'https://hooks.example.com/hooks/src_fixture')).events[0]?.payload,
    );

    expect(types).toMatchObject([{ originalType: 'pull_request.opened' }, { originalType: 'push' }]);
  });

  it('belongs to the owner, by number, of what it is about', () => {
    const owners = [
      { repository: { owner: { id: 1 } }, organization: { id: 2 } },
      { organization: { id: 2 } },
      { installation: { account: { id: 3 } } },
      { zen: 'x' },
    ].map((body) => normalize(withBody(JSON.stringify(body))).events[0]?.account);

    expect(owners).toEqual(['1', '2', '3', 'src_fixture']);
  });

  it.for([
    ['absent', (request: ReceivedRequest) => withoutHeader(request, 'X-GitHub-Delivery')],
    ['there twice', (request: ReceivedRequest) => withDuplicate(request, 'X-GitHub-Delivery')],
    ['too long', (request: ReceivedRequest) => withValue(request, 'X-GitHub-Delivery', () => 'x'.repeat(1_025))],
  ] as const)('is a new event at each reception when its id is %s', ([, change]) => {
    const { verdict, reason, events } = normalize(change(subjectWith().request));

    expect({ verdict, reason }).toEqual({ verdict: 'partial', reason: 'not found or not usable: X-GitHub-Delivery' });
    expect(events[0]?.identity).toEqual({ basis: 'rx', index: 0 });
  });

  it.for([
    ['a form without a payload', 'other=1'],
    ['a form with two payloads', 'payload={}&payload={}'],
    ['a form whose payload is no JSON', 'payload=x'],
    ['a form that is not UTF-8', 'payload=%ff'],
  ] as const)('that is %s is kept whole', ([, body]) => {
    const request = withValue(withBody(body), 'Content-Type', () => 'application/x-www-form-urlencoded');

    expect(normalize(request)).toMatchObject({ verdict: 'unnormalised' });
  });
});

function subjectWith(): Subject<GithubOptions> {
  const settings = settingsWith(github, { options: {} });
  const request = requestOf(opened, 'https://hooks.example.com/hooks/src_fixture');
  return { definition: github, settings, request, nowMs: conformanceNowMs };
}

function withBody(body: string): ReceivedRequest {
  return { ...subjectWith().request, body: Buffer.from(body) };
}

function normalize(request: ReceivedRequest): ReturnType<typeof normalizeGithub> {
  const subject = subjectWith();
  return normalizeGithub(deliveryOf(subject, github.sign(request, subject.settings, subject.nowMs)));
}
