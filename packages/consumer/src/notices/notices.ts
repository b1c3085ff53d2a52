import type { Clock } from '@trunkline/core';
import {
  claimNotices,
  distinctEntities,
  type EntityKey,
  entityText,
  readParties,
  type Transaction,
} from '@trunkline/postgres';
import type { Directory, PhoneId, Recipient, Template } from '@trunkline/sources/directory';

import type { ConsumedEvent } from '../handler.ts';
import type { ConsumerMetrics } from '../ports.ts';
import { parametersText } from '../requests/parameters-text.ts';
import type { Requests, Wish } from '../requests/requests.ts';
import { type SuppressionReason, suppressionOf } from './suppression.ts';

/** Something that the owners of a phone are to be told. */
export interface Notice {
  readonly template: Template;
  /**
   * What it is about, as its natural key: `<provider>/<account>/<kind>/<id>`, and more where the same may happen to it
   * again. Whatever tells of the same subject finds it told.
   */
  readonly subject: string;
  readonly event: ConsumedEvent;
  /** The handler that asks. Never renamed: it is part of the request's id. */
  readonly handler: string;
  /** Whose owners are told; the directory knows which of them, and by what. */
  readonly phoneId: PhoneId | undefined;
  /** What the text is filled with. */
  readonly parameters: Readonly<Record<string, string | number | null>>;
  /** Entities whose people the text may name: an erasure of one of them ends it. */
  readonly names: readonly EntityKey[];
  /** Worthless later, epoch milliseconds: the beginning of the meeting, a day after the call. */
  readonly notAfterMs: number;
}

/** Asks the notifications service that somebody be told something. */
export interface Notices {
  /**
   * Asks in this transaction, once for each tenant, template and subject, ever. Suppressed, and counted in
   * `notices_suppressed_total`, is what nobody is to be told any more: news of the day before yesterday that a replay or
   * a new group reads, what is past its time, and what nobody wants to hear. What is suppressed does not count as told.
   */
  ask(tx: Transaction, notices: readonly Notice[]): Promise<void>;
}

/** Events received longer ago are history. */
export const noticeMaxAgeMs: number = 24 * 3_600_000;

export interface NoticesOptions {
  readonly requests: Requests;
  readonly directory: Pick<Directory, 'recipients'>;
  /** When the group first ran on this database, epoch milliseconds. */
  readonly firstStartMs: number;
  readonly clock: Clock;
  readonly metrics: Pick<ConsumerMetrics, 'count'>;
}

export function createNotices({ requests, directory, firstStartMs, clock, metrics }: NoticesOptions): Notices {
  const limits = { maxAgeMs: noticeMaxAgeMs, firstStartMs };

  /** Undefined when it is suppressed. */
  function wanted(notice: Notice): Wanted | undefined {
    const { tenantId } = notice.event.record.metadata;
    const reason = suppressionOf(notice, { ...limits, nowMs: clock() });
    if (reason !== undefined) return suppress(reason);
    const { phoneId, template, subject, event } = notice;
    const recipients = phoneId === undefined ? [] : directory.recipients(tenantId, phoneId, template);
    if (recipients.length === 0) return suppress('nobody');
    return { tenantId, template, subject, eventId: event.eventId, notice, recipients };
  }

  function suppress(reason: SuppressionReason): undefined {
    metrics.count('notices_suppressed_total', { reason });
    return undefined;
  }

  return {
    async ask(tx, notices) {
      const claimed = await claimNotices(
        tx,
        notices.flatMap((notice) => wanted(notice) ?? []),
      );
      // What an erasure at work does not see yet waits for it: whoever writes people has taken a turn (`erasable`).
      const parties = await readParties(tx, distinctEntities(claimed.flatMap(({ notice }) => notice.names)));
      await requests.add(
        tx,
        claimed.flatMap(({ notice, recipients }) => {
          const digests = notice.names.flatMap((key) => parties.get(entityText(key)) ?? []);
          return recipients.map((recipient) =>
            wishOf(notice, { recipient, digests: [...new Set(digests)].toSorted() }),
          );
        }),
      );
    },
  };
}

interface Wanted {
  readonly tenantId: string;
  readonly template: Template;
  readonly subject: string;
  readonly eventId: ConsumedEvent['eventId'];
  readonly notice: Notice;
  readonly recipients: readonly Recipient[];
}

/** What the schema says that `aboutDigests` holds at most. */
const maxDigests = 64;

function wishOf(
  { template, event, handler, parameters, notAfterMs }: Notice,
  { recipient, digests }: { readonly recipient: Recipient; readonly digests: readonly string[] },
): Wish<'notifications.request.v1'> {
  const { provider, account, entityKind, entityId, occurredAt } = event.record.metadata;
  const { personId, channelId, kind, language } = recipient;
  return {
    topic: 'notifications.request.v1',
    type: 'notifications.request.send',
    event,
    handler,
    qualifier: `${template}/${personId}/${channelId}`,
    payload: {
      channel: kind,
      recipientId: personId,
      channelId,
      template,
      parametersJson: parametersText(parameters),
      language,
      aboutProvider: provider,
      aboutAccount: account,
      aboutKind: entityKind,
      aboutId: entityId,
      ...(digests.length === 0 ? {} : { aboutDigests: digests.slice(0, maxDigests), aboutOccurredAt: occurredAt }),
      notAfter: notAfterMs,
    },
  };
}
