/** What F42 and F43 share: messages that wait for a sender, and two providers that remember what they were told. */
import { createHash } from 'node:crypto';
import { appendFileSync } from 'node:fs';

import { type ServiceProcess, until } from '@trunkline/installation';
import { createLedger, type Findings, type PromiseLedger, startResend, startTwilio } from '@trunkline/testkit';
import type { ResendUpstream, TwilioUpstream } from '@trunkline/testkit';

import type { RowRun } from './row.ts';

/** A provider that knows no message again, and one that does. */
export interface Telling {
  readonly ledger: PromiseLedger;
  readonly twilio: TwilioUpstream;
  readonly resend: ResendUpstream;
  /** Puts so many messages where the service puts what it was asked, half of them for each provider. */
  ask(count: number): Promise<void>;
  start(options: {
    readonly failpoints?: string;
    readonly env?: Readonly<Record<string, string>>;
  }): Promise<ServiceProcess>;
  /** The process that had them is dead: what it leased is free, as it would be when its lease has run out. */
  endLeases(): Promise<void>;
  /** Messages by where they stand. */
  states(): Promise<Readonly<Record<string, number>>>;
  /** Waits until nothing is left to be done; false when something still is after half a minute, as an undone safeguard may leave it. */
  settled(): Promise<boolean>;
  /** What the providers have, and what is held of the rest. */
  findings(): Promise<Findings>;
  close(): Promise<void>;
}

const settleDeadlineMs = 30_000;
/** Evidence never comes here. */
const evidenceMs = 200;

/** `lists`: whether the provider that knows no message again says which ones it has, so that one in doubt is looked up. */
export async function openTelling(
  { world, mutation }: RowRun,
  { lists }: { readonly lists: boolean },
): Promise<Telling> {
  const [twilio, resend] = await Promise.all([startTwilio(), startResend()]);
  twilio.listsMessages = lists;
  const { database, tenantId, installation } = world;
  appendFileSync(installation.sourcesFile, sendersYaml({ tenantId, twilio: twilio.url, resend: resend.url }));
  const ledger = createLedger();
  let asked = 0;
  const states = async (): Promise<Readonly<Record<string, number>>> => {
    const rows = await database.statement<{ readonly state: string; readonly n: number }>(
      'SELECT state, count(*)::int AS n FROM notifications.message GROUP BY 1',
      [],
    );
    return Object.fromEntries(rows.map(({ state, n }) => [state, n]));
  };
  return {
    ledger,
    twilio,
    resend,
    states,
    async ask(count) {
      const ids = Array.from({ length: count }, (_, index) => idOf(asked + index));
      asked += count;
      await database.statement(messageSql, [tenantId, ids]);
      for (const id of ids) ledger.promise(id);
    },
    start: ({ failpoints, env = {} }) =>
      world.start({
        name: 'notifications',
        env: {
          FAULT_SENDER_KEY: 'a key',
          TRUNKLINE_EVIDENCE_MS: String(evidenceMs),
          TRUNKLINE_BURST_MESSAGES: '1000000',
          ...env,
        },
        ...(failpoints === undefined ? {} : { failpoints, label: failpoints.replaceAll(/\W/g, '-') }),
        ...(mutation === undefined ? {} : { mutation }),
      }),
    async endLeases() {
      await database.statement('UPDATE notifications.turn SET lease_until = NULL', []);
    },
    async settled() {
      return await until(
        'every message stands somewhere for good',
        async () => {
          // What waits for another try need not wait for its time.
          await database.statement(
            `UPDATE notifications.turn t SET due_at = clock_timestamp() FROM notifications.message m
            WHERE m.request_id = t.request_id AND m.state = 'unknown' AND m.changed_at < clock_timestamp() - interval '1 second'`,
            [],
          );
          const { accepted = 0, held = 0, failed = 0 } = await states();
          return accepted + held + failed === asked;
        },
        { deadlineMs: settleDeadlineMs, everyMs: 200 },
      ).catch(() => false);
    },
    async findings() {
      const effects = [...twilio.messages.map(({ body }) => body), ...resend.mails.map(({ text }) => text)];
      const held = await database.statement<{ readonly id: string }>(
        `SELECT content::jsonb ->> 'text' AS id FROM notifications.message WHERE state = 'held'`,
        [],
      );
      const arrived = new Set(effects);
      const waiting = held.map(({ id }) => id).filter((id) => !arrived.has(id));
      return { effects, deadLetters: [], waiting };
    },
    close: async () => {
      await Promise.all([twilio.close(), resend.close()]);
    },
  };
}

/** The n-th message: its id, and what it says. */
function idOf(n: number): string {
  return createHash('md5').update(`message ${n}`).digest('hex');
}

// As services/notifications/src/messages/take.ts writes what it is asked.
const messageSql = `
WITH asked AS (
  SELECT id, n FROM unnest($2::text[]) WITH ORDINALITY AS ids(id, n)
), message AS (
  INSERT INTO notifications.message (tenant_id, request_id, state, channel, caused_by, content, requested_at, not_after)
  SELECT $1, id::uuid, 'asked', CASE WHEN n % 2 = 0 THEN 'sms' ELSE 'email' END, id::uuid,
    jsonb_build_object('address', CASE WHEN n % 2 = 0 THEN '+15005550007' ELSE 'ada@acme.example' END, 'parameters', '{}'::jsonb,
      'subject', NULL, 'text', id, 'said', NULL)::text, now(), now() + interval '1 hour'
  FROM asked
)
INSERT INTO notifications.turn (request_id, tenant_id, due_at) SELECT id::uuid, $1, clock_timestamp() FROM asked`;

function sendersYaml({
  tenantId,
  twilio,
  resend,
}: {
  readonly tenantId: string;
  readonly twilio: string;
  readonly resend: string;
}): string {
  return `senders:
  - id: snd_sms
    tenant: ${tenantId}
    kind: twilio
    accountSid: AC${'0'.repeat(32)}
    apiKeySid: SK${'0'.repeat(32)}
    apiKeySecret: env:FAULT_SENDER_KEY
    from: '+15005550006'
    origin: ${twilio}
    network: 127.0.0.1
  - id: snd_mail
    tenant: ${tenantId}
    kind: resend
    apiKey: env:FAULT_SENDER_KEY
    from: notices@acme.example
    origin: ${resend}
    network: 127.0.0.1
`;
}
