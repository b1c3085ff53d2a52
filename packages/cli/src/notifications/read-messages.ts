import { asNotMigrated, type Database, migrateFix } from '@trunkline/postgres';

import type { MessageState } from './states.ts';

/** A message to a person as a list shows it: whom and about what, not what it says. */
export interface ListedMessage {
  readonly requestId: string;
  readonly tenant: string;
  readonly state: MessageState;
  readonly channel: string | null;
  readonly recipient: string | null;
  readonly template: string | null;
  readonly code: string | null;
  readonly attempts: number;
  readonly createdAt: Date;
  readonly changedAt: Date;
}

export interface ShownMessage extends ListedMessage {
  readonly detail: string | null;
  readonly channelId: string | null;
  readonly causedBy: string;
  /** `<provider>/<account>/<kind>/<id>` of the entity it is about. */
  readonly about: string | null;
  readonly notAfter: Date;
  readonly senderId: string | null;
  readonly provider: string | null;
  readonly providerMessageId: string | null;
  /** As it was said, where it was and is not forgotten yet. */
  readonly said: { readonly subject: string; readonly text: string } | null;
  /** The message that it was told by with others, where it came with many. */
  readonly digest: { readonly requestId: string; readonly state: MessageState | null } | null;
  /** The message by another channel of the person that stands for this, which surely did not reach them; and of that one, this. */
  readonly fallback: string | null;
  readonly fallbackOf: string | null;
  /** Of a digest: how many it tells of. */
  readonly tellsOf: number | null;
  /** When somebody looks at it next; null where nothing is left to do but to forget it. */
  readonly dueAt: Date | null;
  readonly calls: readonly ShownCall[];
}

export interface ShownCall {
  readonly n: number;
  readonly senderId: string;
  readonly startedAt: Date;
  readonly endedAt: Date | null;
  readonly outcome: string | null;
  readonly httpStatus: number | null;
  readonly code: string | null;
  readonly detail: string | null;
}

/** The newest messages of a tenant first. */
export async function listMessages(
  database: Database,
  wanted: { readonly tenant: string; readonly state?: MessageState | undefined; readonly limit: number },
  signal: AbortSignal,
): Promise<readonly ListedMessage[]> {
  const { tenant, state, limit } = wanted;
  return await database.transaction(
    [tenant],
    (tx) =>
      tx.query<ListedMessage>(
        `SELECT ${listedColumns} FROM notifications.message
         WHERE tenant_id = $1 AND ($2::text IS NULL OR state = $2) ORDER BY created_at DESC, request_id LIMIT $3`,
        [tenant, state ?? null, limit],
      ),
    { signal },
  );
}

/** How many messages stand where, of these tenants. Throws `config_invalid` for a database that has none of them yet. */
export async function countMessages(
  database: Database,
  tenants: readonly string[],
  signal: AbortSignal,
): Promise<Readonly<Partial<Record<MessageState, number>>>> {
  try {
    const rows = await database.transaction(
      tenants,
      (tx) =>
        tx.query<{ readonly state: MessageState; readonly count: number }>(
          'SELECT state, count(*)::int AS count FROM notifications.message WHERE tenant_id = ANY ($1) GROUP BY 1',
          [tenants],
        ),
      { signal },
    );
    // One row for each state that there is.
    return Object.fromEntries(rows.map(({ state, count }) => [state, count])) as Partial<Record<MessageState, number>>;
  } catch (thrown) {
    throw asNotMigrated(thrown, `the database has no messages to people: ${migrateFix}`);
  }
}

export async function readShownMessage(
  database: Database,
  { tenant, requestId }: { readonly tenant: string; readonly requestId: string },
  signal: AbortSignal,
): Promise<ShownMessage | undefined> {
  const key = [tenant, requestId.slice(4)];
  return await database.transaction(
    [tenant],
    async (tx) => {
      const [row] = await tx.query<StoredMessage>(shownSql, key);
      if (row === undefined) return undefined;
      const calls = await tx.query<ShownCall>(callsSql, key);
      const { content, digestId, digestState, ...message } = row;
      const digest = digestId === null ? null : { requestId: digestId, state: digestState };
      return { ...message, said: saidIn(content), digest, calls };
    },
    { signal },
  );
}

type StoredMessage = Omit<ShownMessage, 'calls' | 'said' | 'digest'> & {
  readonly content: string | null;
  readonly digestId: string | null;
  readonly digestState: MessageState | null;
};

function saidIn(content: string | null): ShownMessage['said'] {
  // Written by services/notifications as one JSON object.
  return content === null ? null : (JSON.parse(content) as { readonly said: ShownMessage['said'] }).said;
}

const listedColumns = `'req_' || replace(request_id::text, '-', '') AS "requestId", tenant_id AS tenant, state, channel,
  recipient_id AS recipient, template, code, attempts, created_at AS "createdAt", changed_at AS "changedAt"`;

const shownSql = `
SELECT ${listedColumns}, detail, channel_id AS "channelId", 'evt_' || replace(caused_by::text, '-', '') AS "causedBy",
  about_provider || '/' || about_account || '/' || about_kind || '/' || about_id AS about, not_after AS "notAfter",
  sender_id AS "senderId", provider, provider_message_id AS "providerMessageId", content,
  'req_' || replace(digest_id::text, '-', '') AS "digestId",
  (SELECT d.state FROM notifications.message d WHERE d.tenant_id = m.tenant_id AND d.request_id = m.digest_id) AS "digestState",
  'req_' || replace(fallback_id::text, '-', '') AS fallback, 'req_' || replace(fallback_of::text, '-', '') AS "fallbackOf",
  CASE WHEN is_digest THEN (SELECT count(*)::int FROM notifications.message told
    WHERE told.tenant_id = m.tenant_id AND told.digest_id = m.request_id AND told.state = 'collapsed') END AS "tellsOf",
  (SELECT due_at FROM notifications.turn t WHERE t.request_id = m.request_id
    AND m.state IN ('asked', 'no_sender', 'sending', 'unknown')) AS "dueAt"
FROM notifications.message m WHERE tenant_id = $1 AND request_id = $2::uuid`;

const callsSql = `
SELECT n, sender_id AS "senderId", started_at AS "startedAt", ended_at AS "endedAt", outcome, http_status AS "httpStatus", code, detail
FROM notifications.attempt WHERE tenant_id = $1 AND request_id = $2::uuid ORDER BY n`;
