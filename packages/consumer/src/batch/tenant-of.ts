import { headerName } from '@trunkline/events';
import type { IncomingRecord } from '@trunkline/kafka';

/** For turns and for counting only, so a header is good enough; empty when it names none. */
export function tenantOf({ headers }: Pick<IncomingRecord, 'headers'>): string {
  return /^\/tenants\/([a-z0-9_]{1,64})\//.exec(headers[headerName.source] ?? '')?.[1] ?? '';
}
