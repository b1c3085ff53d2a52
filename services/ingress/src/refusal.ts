import type { ErrorCode } from '@trunkline/core';
import type { RejectionStep } from '@trunkline/providers';

/** The check that refused a request: the words of rejection records, logs and metrics. Checks of a signature have the provider's. */
export type RefusalStep =
  | 'request'
  | 'encoding'
  | 'size'
  | 'source'
  | 'address'
  | 'failed_verifications'
  | 'method'
  | 'overload'
  | 'read'
  | 'key_material'
  | 'signature'
  | 'rate'
  | 'encode'
  | 'publish'
  | 'ready'
  | 'internal'
  | RejectionStep;

/** Why a request is not accepted. A value, not an exception: refusing is ordinary work, and floods of it must be cheap. */
export class Refusal {
  readonly step: RefusalStep;
  readonly code: ErrorCode;
  /** For an operator; no secret, no value of the request. Never sent to the sender. */
  readonly detail: string;
  readonly headers: Readonly<Record<string, string>>;
  /** The provider's own status for this step, where it misreads the usual one. */
  readonly status: number | undefined;
  /** How long the sender should wait, where that is known. */
  readonly retryAfterMs: number | undefined;
  /** The failure behind it, when it is our trouble. */
  readonly cause: unknown;

  constructor(reason: {
    readonly step: RefusalStep;
    readonly code: ErrorCode;
    readonly detail: string;
    readonly headers?: Readonly<Record<string, string>>;
    readonly status?: number | undefined;
    readonly retryAfterMs?: number;
    readonly cause?: unknown;
  }) {
    this.step = reason.step;
    this.code = reason.code;
    this.detail = reason.detail;
    this.headers = reason.headers ?? {};
    this.status = reason.status;
    this.retryAfterMs = reason.retryAfterMs;
    this.cause = reason.cause;
  }
}
