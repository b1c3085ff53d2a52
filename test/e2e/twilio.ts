/** Requests as Twilio sends them, signed by Twilio's own library: it, not our signer, says what is authentic. */
import { createHash } from 'node:crypto';
import { parse } from 'node:querystring';

import type { ReceivedRequest } from '@trunkline/providers';
import { loadFixture } from '@trunkline/providers/fixtures';
import twilio from 'twilio';

export interface TwilioEvent {
  /** `call.completed`, …: a fixture of the provider. */
  readonly fixture: string;
  /** A name of the test's own: each is a call of its own, with a recording and a transcript of its own. */
  readonly call: string;
  /** In the place of the id of the fixture's message. */
  readonly message?: string;
}

/** Where Twilio posts, as it is written at Twilio, and what it signs with. */
export interface TwilioHook {
  readonly publicUrl: string;
  readonly token: string;
}

/** The ids of calls, recordings and transcripts in the fixtures. */
const fixtureIds = /\b(CA|RE|TR)[0-9a-f]{32}\b/g;

/** The id of the call (CA), its recording (RE) or its transcript (TR) at Twilio, and with it the entity id of its events. */
export function sidOf(kind: 'CA' | 'RE' | 'TR', call: string): string {
  return `${kind}${createHash('md5').update(call).digest('hex')}`;
}

/** What Twilio would post. The same event is the same bytes. */
export function twilioRequest(
  { fixture, call, message }: TwilioEvent,
  { publicUrl, token }: TwilioHook,
): ReceivedRequest {
  const { request } = loadFixture('twilio', fixture);
  const body = Buffer.from(request.body)
    .toString('utf8')
    .replaceAll(fixtureIds, (_id, kind: 'CA' | 'RE' | 'TR') => sidOf(kind, call))
    .replaceAll(/\bSM[0-9a-f]{32}\b/g, (id) => message ?? id);
  const { pathname, search } = new URL(publicUrl);
  const signature = twilio.getExpectedTwilioSignature(token, publicUrl, { ...parse(body) });
  return {
    method: request.method,
    target: `${pathname}${search}`,
    publicUrl,
    headers: [...request.headers, ['X-Twilio-Signature', signature]],
    body: Buffer.from(body, 'utf8'),
  };
}
