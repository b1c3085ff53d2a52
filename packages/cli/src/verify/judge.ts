import type { ErrorCode } from '@trunkline/core';
import {
  liveSecrets,
  normalizeDelivery,
  type ProviderSource,
  type ReceivedRequest,
  type RejectionStep,
  verifyDelivery,
} from '@trunkline/providers';

/** What became of one request: exactly what the ingress would say at that time. */
export type Judgement = AcceptedJudgement | RefusedJudgement;

export interface AcceptedJudgement {
  readonly accepted: true;
  readonly secretIndex: number;
  readonly usableSecrets: number;
  readonly verdict: string;
  readonly reason: string | undefined;
  readonly events: readonly { readonly type: string; readonly account: string; readonly entity: string }[];
}

export interface RefusedJudgement {
  readonly accepted: false;
  readonly step: RejectionStep;
  readonly code: ErrorCode;
  readonly detail: string;
}

export function judge(source: ProviderSource, request: ReceivedRequest, nowMs: number): Judgement {
  const result = verifyDelivery(source, request, nowMs);
  if (!result.ok) return { accepted: false, step: result.step, code: result.code, detail: result.detail };
  const { delivery } = result;
  const { verdict, reason, events } = normalizeDelivery(source.provider, delivery);
  return {
    accepted: true,
    secretIndex: delivery.secretIndex,
    usableSecrets: liveSecrets(source.settings.secrets, nowMs).length,
    verdict,
    reason,
    events: events.map(({ type, account, entity }) => ({ type, account, entity: `${entity.kind}/${entity.id}` })),
  };
}
