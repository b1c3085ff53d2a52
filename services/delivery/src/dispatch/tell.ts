import { eventIdOfUuid } from '@trunkline/core';
import type { Logger } from '@trunkline/runtime';

import type { AttemptCode, AttemptResult } from '../attempt-codes.ts';
import type { HealthChange } from './health.ts';
import type { Lane, LoadedTask } from './lane.ts';
import type { Next } from './schedule.ts';

/** One line for each change of an endpoint. */
export function tellHealth(
  log: Logger,
  { endpointId, tenantId }: Lane,
  { change, code }: { readonly change: HealthChange; readonly code: AttemptCode },
): void {
  const { kind, ...fields } = change;
  const line = {
    event: `delivery.endpoint_${kind}`,
    endpointId,
    tenantId,
    code,
    ...fields,
    ...(change.kind === 'warned' ? { disableAt: new Date(change.disableAtMs).toISOString() } : {}),
  };
  if (kind === 'recovered') log.info(line, words[kind]);
  else log.warn(line, words[kind]);
}

const words: Readonly<Record<HealthChange['kind'], string>> = {
  failing: 'an endpoint does not take messages',
  warned: 'an endpoint will be disabled unless it takes messages again',
  recovered: 'an endpoint takes messages again',
  disable: 'ALERT: an endpoint is disabled',
};

/** One line for each request that was no success; of the others there is a row. */
export function tellAttempt(
  log: Logger,
  { endpointId, tenantId }: Lane,
  attempt: {
    readonly task: LoadedTask;
    readonly no: number;
    readonly result: AttemptResult;
    readonly traceId: string | undefined;
    readonly tookMs: number;
    readonly next: Next;
  },
): void {
  const { task, no, result, traceId, tookMs, next } = attempt;
  log.warn(
    {
      event: 'delivery.attempt',
      endpointId,
      tenantId,
      eventId: eventIdOfUuid(task.eventUuid),
      type: task.type,
      attempt: no,
      code: result.code,
      status: result.status,
      tookMs: Math.round(tookMs),
      outcome: next.kind === 'end' ? next.outcome : next.kind,
      nextInMs: next.kind === 'again' ? next.delayMs : undefined,
      traceId,
    },
    'a request to an endpoint was no success',
  );
}
