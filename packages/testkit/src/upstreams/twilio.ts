import { startUpstream, type Upstream } from './upstream.ts';

/** A message that the fake took. */
export interface TwilioMessage {
  readonly sid: string;
  readonly to: string;
  readonly from: string;
  readonly body: string;
  readonly statusCallback: string | undefined;
  readonly dateCreated: string;
}

/** Messages of Twilio's API: https://www.twilio.com/docs/messaging/api/message-resource */
export interface TwilioUpstream extends Upstream {
  /** In the order in which they came. It knows none again: whoever sends twice has sent two. */
  readonly messages: readonly TwilioMessage[];
  /** Whether it knows the key of the account: every request with another one is refused. */
  knowsKey: boolean;
  /** Whether it lists messages: a list that is late has none yet. */
  listsMessages: boolean;
  /** What became of a message, by its sid: queued until it is told. */
  readonly statuses: Map<string, string>;
}

const accountPath = /^\/2010-04-01\/Accounts\/(AC[0-9a-f]{32})\.json$/;
const path = /^\/2010-04-01\/Accounts\/(AC[0-9a-f]{32})\/Messages\.json(?:\?(.*))?$/;

export async function startTwilio(): Promise<TwilioUpstream> {
  const messages: TwilioMessage[] = [];
  const upstream = await startUpstream(({ method, path: asked, headers, body }) => {
    const isKnown = twilio.knowsKey && headers.authorization?.startsWith('Basic ') === true;
    if (!isKnown) return { status: 401, json: { code: 20_003 } };
    const [, account] = accountPath.exec(asked) ?? [];
    if (account !== undefined) return { status: 200, json: { sid: account } };
    const [, accountSid, query] = path.exec(asked) ?? [];
    if (accountSid === undefined) return { status: 404, json: { code: 20_404 } };
    if (method === 'GET') {
      const all = twilio.listsMessages ? listed(messages, new URLSearchParams(query)) : [];
      return { status: 200, json: { messages: all.map((each) => shown(each, twilio.statuses)) } };
    }
    const form = new URLSearchParams(body);
    const to = form.get('To') ?? '';
    // https://www.twilio.com/docs/api/errors/21211
    if (!/^\+[1-9]\d{6,14}$/.test(to)) return { status: 400, json: { code: 21_211, status: 400 } };
    const message = {
      sid: `SM${String(messages.length + 1).padStart(32, '0')}`,
      to,
      from: form.get('From') ?? form.get('MessagingServiceSid') ?? '',
      body: form.get('Body') ?? '',
      statusCallback: form.get('StatusCallback') ?? undefined,
      dateCreated: new Date().toUTCString(),
    };
    messages.push(message);
    return { status: 201, json: shown(message, twilio.statuses) };
  });
  const twilio: TwilioUpstream = {
    ...upstream,
    messages,
    knowsKey: true,
    listsMessages: true,
    statuses: new Map(),
  };
  return twilio;
}

function listed(messages: readonly TwilioMessage[], wanted: URLSearchParams): readonly TwilioMessage[] {
  const to = wanted.get('To');
  const from = wanted.get('From');
  return messages
    .filter((message) => (to === null || message.to === to) && (from === null || message.from === from))
    .toReversed();
}

function shown({ sid, to, from, body, dateCreated }: TwilioMessage, statuses: ReadonlyMap<string, string>): unknown {
  return { sid, status: statuses.get(sid) ?? 'queued', error_code: null, to, from, body, date_created: dateCreated };
}
