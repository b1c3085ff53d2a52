import { eventIdOfUuid } from '@trunkline/core';
import type { EndpointHealth, EndpointId, EndpointNews, MessageNews } from '@trunkline/delivery';

import type { AttemptCode } from '../attempt-codes.ts';
import type { HealthChange, Judged } from '../dispatch/health.ts';
import type { Next } from '../dispatch/schedule.ts';
import { deliveryLimits } from '../limits.ts';

/** A request that was answered, and what it did. */
interface Answered {
  readonly no: number;
  readonly code: AttemptCode;
  readonly next: Next;
  readonly nowMs: number;
  /** Of the endpoint, before it. */
  readonly before: EndpointHealth;
  readonly judged: Judged;
  readonly breaker: 'opened' | 'closed' | undefined;
}

/** Which message it carried, and where to. */
interface Carried {
  readonly endpointId: EndpointId;
  readonly eventUuid: string;
  readonly tenantId: string;
  readonly type: string;
}

/** What others are told of it. */
export interface News {
  /** In the order in which it became so. */
  readonly endpointNews: readonly EndpointNews[];
  /** Undefined where the message was taken at once, or is only late. */
  readonly messageNews: MessageNews | undefined;
}

export function newsOf(answered: Answered, carried: Carried): News {
  return { endpointNews: endpointNews(answered), messageNews: messageNews(answered, carried) };
}

function endpointNews({ breaker, before, judged: { health, change }, code }: Answered): readonly EndpointNews[] {
  // Of those that a success has ended, what they were.
  const { failingSinceMs, failures } = code === 'ok' ? before : health;
  const failing = { code, failures, failingSince: failingSinceMs };
  return [
    ...(change === undefined ? [] : [changeNews(change, failing)]),
    ...(breaker === undefined ? [] : [{ type: `delivery.endpoint.breaker_${breaker}`, stated: failing } as const]),
  ];
}

function changeNews(
  change: HealthChange,
  failing: { readonly code: string; readonly failures: number; readonly failingSince: number | null },
): EndpointNews {
  switch (change.kind) {
    case 'failing':
      return { type: 'delivery.endpoint.failing', stated: failing };
    case 'warned':
      return {
        type: 'delivery.endpoint.warned',
        stated: { ...failing, warnedPercent: change.percent, disableAt: change.disableAtMs },
      };
    case 'recovered':
      return { type: 'delivery.endpoint.recovered', stated: failing };
    case 'disable':
      return {
        type: 'delivery.endpoint.disabled',
        stated: { ...failing, state: 'disabled', stateReason: change.reason, stateReasonTruncated: false },
      };
  }
}

function messageNews({ no, code, next, nowMs }: Answered, message: Carried): MessageNews | undefined {
  const word = wordOf({ no, code, next });
  if (word === undefined) return undefined;
  const { endpointId, eventUuid, tenantId } = message;
  return {
    endpointId,
    eventUuid,
    tenantId,
    type: `delivery.message.${word}`,
    no,
    stated: {
      endpointId,
      messageId: eventIdOfUuid(eventUuid),
      messageType: message.type,
      attempts: no,
      code,
      nextAttemptAt: next.kind === 'again' ? nowMs + next.delayMs : null,
    },
  };
}

function wordOf({
  no,
  code,
  next,
}: {
  readonly no: number;
  readonly code: AttemptCode;
  readonly next: Next;
}): 'failing' | 'held' | 'exhausted' | 'expired' | 'recovered' | undefined {
  if (next.kind === 'hold') return 'held';
  if (next.kind === 'again') return no === deliveryLimits.failingAttempts ? 'failing' : undefined;
  if (next.outcome === 'exhausted' || next.outcome === 'expired') return next.outcome;
  return code === 'ok' && no > deliveryLimits.failingAttempts ? 'recovered' : undefined;
}
