import { ok, skipped } from '@trunkline/operations';

import { findTraceStore } from '../trace/store-of.ts';
import type { CommandCheck } from './command-check.ts';

export const traceStore: CommandCheck = {
  name: 'traces',
  requires: [],
  async run({ settings }, signal) {
    const store = findTraceStore(settings);
    if (store === undefined) return skipped('no trace store is named (TRUNKLINE_ZIPKIN_URL or TRUNKLINE_JAEGER_URL)');
    await store.probe(signal);
    return ok(`${store.title} answers`);
  },
};
