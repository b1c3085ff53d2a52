import { noticeSubject } from '@trunkline/consumer';
import type { EntityKey } from '@trunkline/postgres';

/** What a notice calls a booking, within its tenant. */
export function subjectOf({ provider, account, kind, entityId: id }: EntityKey, occurrence?: number): string {
  return noticeSubject({ provider, account, kind, id, occurrence });
}
