import type { LoadedTask } from '../dispatch/lane.ts';

/** A new task of an event, as fan-out hands it over. */
export function loadedTask(eventUuid: string, body: Buffer = Buffer.from('{}')): LoadedTask {
  return {
    eventUuid,
    tenantId: 'tnt_a',
    type: 'payments.payment.succeeded',
    messageAt: '',
    acceptedAtMs: 0,
    bornAtMs: 0,
    attempts: 0,
    counted: 0,
    cause: 'event',
    orderKey: null,
    released: false,
    jobUuid: null,
    body,
    traceparent: undefined,
  };
}
