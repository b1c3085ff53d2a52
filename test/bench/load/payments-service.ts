import { join } from 'node:path';

import type { StartServiceOptions } from '@trunkline/installation';

const directory = join(import.meta.dirname, '../../../services/payments/src/testing/payments-only');

/**
 * `projection`: what B3 compares with a script that does the same. `ledger`: that and the ledger beside it. `asking`: that and a request.
 * `ordered`: the projection, its events kept in order by key. */
export type Parts = 'projection' | 'ledger' | 'asking' | 'ordered';

/** How the payments service is started with some of its parts. */
export function paymentsWith(parts: Parts, batchRecords: number): StartServiceOptions {
  return {
    name: 'payments',
    directory,
    env: { TRUNKLINE_BATCH_RECORDS: String(batchRecords), BENCH_PARTS: parts },
  };
}
