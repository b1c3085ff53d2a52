import { vi } from 'vitest';

import { type IngressOptions, type RunningIngress, startIngress } from './running-ingress.ts';

/** As startIngress, and ready: Kafka and the registry, shared with other tests, may need longer than the first try. */
export async function startReadyIngress(options: IngressOptions): Promise<RunningIngress> {
  const ingress = await startIngress(options);
  await vi.waitFor(() => {
    if (!ingress.readiness().ready) throw new Error(JSON.stringify(ingress.readiness()));
  }, 60_000);
  return ingress;
}
