import type { AttemptCode, AttemptResult } from '../attempt-codes.ts';
import { deliveryLimits } from '../limits.ts';
import type { Lane, LoadedTask } from './lane.ts';

/** Why a task that is due ends without a request; undefined where it is to be sent. */
export function whyUnsent(
  { state }: Pick<Lane, 'state'>,
  { body, released, bornAtMs }: LoadedTask,
  nowMs: number,
): AttemptCode | undefined {
  if (state === 'deleted') return 'endpoint_deleted';
  if (body === undefined) return 'message_gone';
  if (released) return 'released';
  return nowMs > bornAtMs + deliveryLimits.maxAgeMs ? 'too_old' : undefined;
}

export function unsent(code: AttemptCode): {
  readonly result: AttemptResult;
  readonly traceId: undefined;
  readonly tookMs: 0;
} {
  return { result: { code }, traceId: undefined, tookMs: 0 };
}
