/**
 * The names of the wide log lines: one per delivery (ingress), one per attempt (consumers), one per call to a provider,
 * one per request to an API. A dashboard or an
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
      /** Of a request instead of the event id: its own, and that of the event it was made for. */
      'requestId',
      'causedBy',
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
      /** applied, stale, duplicate, retry, dead_letter. */
      'outcome',
      'code',
      /** Why it failed: one line, without values of the payload. */
      'reason',
      'nextTopic',
      'totalMs',
      'lagMs',
    ],
  },
  call: {
    event: 'call',
    message: 'call',
    fields: [
      'provider',
      /** With the provider: twilio messages.create. */
      'operation',
      'connectionId',
      /** As it was sent: of the request or the work that it was made for. */
      'correlationId',
      /** ok, or what happened: rate_limited, server_error, timeout, held_back, … */
      'outcome',
      'code',
      /** A sentence about what happened, without any value of request or answer. */
      'detail',
      /** Whether the request may have arrived: no, refused, maybe; absent where it is ok. */
      'arrived',
      'status',
      'providerRequestId',
      'attempts',
      /** For turns of a rate limit and before repeats. */
      'waitedMs',
      'answerBytes',
      'totalMs',
    ],
  },
  api: {
    event: 'api',
    message: 'api request',
    fields: [
      'requestId',
      /** Method and path of the table of permissions; none where there is no such route. */
      'route',
      'status',
      /** Of the problem. */
      'code',
      'tenantId',
      /** Who asked. */
      'keyId',
      'totalMs',
      'err',
    ],
  },
} as const;

type Line<E extends keyof typeof wideEvent> = { readonly event: (typeof wideEvent)[E]['event'] } & {
  readonly [F in (typeof wideEvent)[E]['fields'][number]]: unknown;
};

/** A line with every field of its table and no other; a field that does not apply is undefined and not written. */
export type DeliveryLine = Line<'delivery'>;
export type AttemptLine = Line<'attempt'>;
export type CallLine = Line<'call'>;
export type ApiLine = Line<'api'>;
