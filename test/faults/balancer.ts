/** The balancer before the ingress processes of a row. Its senders keep their connections open, as fetch does. */
import { foreignCode, messageOf } from '@trunkline/core';
import type { ServiceProcess } from '@trunkline/installation';
import type { ReceivedRequest } from '@trunkline/providers';
import { type Answer, postRequest, type Random } from '@trunkline/testkit';

export interface Balancer {
  /** Where it sends postings to. */
  readonly inRotation: Set<ServiceProcess>;
  /** Why postings got no answer. */
  readonly failures: readonly string[];
  /** Posts to one of them. Rejects when the connection breaks. */
  post(request: ReceivedRequest): Promise<Answer>;
}

/** How long after a process is told to end the balancer still sends to it. */
export const balancerLagMs = 1_000;
/** Of the ingress processes behind it: longer by what a connection may wait to be accepted on a machine that is busy elsewhere. */
export const drainMs = 3_000;

export function createBalancer(random: Random): Balancer {
  const inRotation = new Set<ServiceProcess>();
  const failures: string[] = [];
  return {
    inRotation,
    failures,
    post: async (request) => {
      try {
        return await postRequest(random.pick([...inRotation]).url, request);
      } catch (error) {
        failures.push(reasonOf(error));
        throw error;
      }
    },
  };
}

/** fetch says "fetch failed" and keeps the system's word for it in its cause. */
function reasonOf(error: unknown): string {
  const cause = error instanceof Error && error.cause !== undefined ? error.cause : error;
  return foreignCode(cause) ?? messageOf(cause);
}
