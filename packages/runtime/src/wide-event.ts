/**
 * The names of the two wide log lines: one per delivery (ingress) and one per attempt (consumers). A dashboard or an
 * alert written against these names survives a release, so the list only grows.
 */
export const wideEvent = {
  delivery: {
    /** The value of the field `event`. */
    event: 'delivery',
    message: 'delivery',
    fields: [
      'deliveryId',
      'tenantId',
      'sourceId',
      'provider',
      'method',
      'status',
      /** normalised, partial, unnormalised, ignored; absent when it was refused. */
      'verdict',
      /** The check that refused it, and the code. */
      'step',
      'code',
      /** A sentence about the refusal, without any value of the request. */
      'detail',
      'err',
      'eventIds',
      'bodyBytes',
      'totalMs',
      'readMs',
      'verifyMs',
      'normaliseMs',
      'publishMs',
    ],
  },
  attempt: {
    event: 'attempt',
    message: 'attempt',
    fields: [
      'eventId',
      'type',
      'tenantId',
      'sourceId',
      'deliveryId',
      'group',
      'handler',
      'topic',
      'partition',
      'offset',
      'via',
      'attempt',
      /** applied, stale, duplicate, retry, dead_letter, paused. */
      'outcome',
      'code',
      /** Why it failed: one line, without values of the payload. */
      'reason',
      'err',
      'nextTopic',
      'totalMs',
      'lagMs',
    ],
  },
} as const;

export type DeliveryField = (typeof wideEvent.delivery.fields)[number];
export type AttemptField = (typeof wideEvent.attempt.fields)[number];
export type DeliveryLine = { readonly event: 'delivery' } & { readonly [F in DeliveryField]?: unknown };
export type AttemptLine = { readonly event: 'attempt' } & { readonly [F in AttemptField]?: unknown };
