import type { Notice } from './notices.ts';

/** Why nobody is told: the values of `notices_suppressed_total{reason}`. */
export type SuppressionReason =
  /** Received more than a day ago: a replay, or a group that was away. */
  | 'old'
  /** Received before the group first ran: history that a new group reads. */
  | 'before_first_start'
  /** Past the time until which it is worth anything. */
  | 'expired'
  /** No phone, no owner, or no channel for it. */
  | 'nobody';

export interface SuppressionLimits {
  readonly nowMs: number;
  readonly firstStartMs: number;
  readonly maxAgeMs: number;
}

/** What keeps a notice from being asked, by its times; undefined for one that is asked if anybody wants to hear it. */
export function suppressionOf(
  { event, notAfterMs }: Pick<Notice, 'event' | 'notAfterMs'>,
  { nowMs, firstStartMs, maxAgeMs }: SuppressionLimits,
): SuppressionReason | undefined {
  // Of a replay this is when it was first received, so a replay does not make it news again.
  const { receivedAt } = event.record.metadata;
  if (receivedAt < firstStartMs) return 'before_first_start';
  if (nowMs - receivedAt > maxAgeMs) return 'old';
  if (nowMs >= notAfterMs) return 'expired';
  return undefined;
}
