import { TrunklineError } from '@trunkline/core';
import { createJaegerStore, createZipkinStore, type TraceStore } from '@trunkline/operations';

import { missingSetting, type Settings } from '../settings.ts';

/** The trace store of the installation: Jaeger where one is named by hand, else Zipkin. */
export function findTraceStore(settings: Settings): TraceStore | undefined {
  const jaeger = settings.find('jaegerUrl');
  const zipkin = settings.find('zipkinUrl');
  // run.json always names the embedded Zipkin, so a Jaeger that was named on purpose goes first.
  if (jaeger !== undefined && zipkin?.origin !== 'flag') return createJaegerStore(jaeger.value);
  return zipkin === undefined ? undefined : createZipkinStore(zipkin.value);
}

export function requireTraceStore(settings: Settings): TraceStore {
  const store = findTraceStore(settings);
  if (store === undefined) throw new TrunklineError('config_invalid', missingSetting('zipkinUrl'));
  return store;
}
