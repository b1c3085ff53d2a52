import { type DialFailureReason, type DialOutcome, headerOf, retryAfterMs } from '@trunkline/http-client';

/** What a code means for the message and for the endpoint. */
interface CodeRow {
  /** Whether the message is tried again. */
  readonly again: boolean;
  /** What it says of the endpoint: `message` where the fault is one message's, `ours` where it is not the receiver's. */
  readonly health: 'success' | 'failure' | 'message' | 'ours';
}

/** How a request may end: a closed list, which documents and metrics are made from. */
export const attemptCodes = {
  ok: { again: false, health: 'success' },
  // Never followed: where it leads, nobody has judged.
  http_3xx: { again: true, health: 'failure' },
  http_400: { again: true, health: 'message' },
  http_401: { again: true, health: 'failure' },
  http_403: { again: true, health: 'failure' },
  http_404: { again: true, health: 'failure' },
  http_409: { again: true, health: 'message' },
  // The receiver wants no more of it: the endpoint is disabled.
  http_410: { again: false, health: 'failure' },
  http_413: { again: true, health: 'message' },
  http_422: { again: true, health: 'message' },
  http_429: { again: true, health: 'failure' },
  http_4xx: { again: true, health: 'failure' },
  http_503: { again: true, health: 'failure' },
  http_5xx: { again: true, health: 'failure' },
  dns_failed: { again: true, health: 'failure' },
  address_denied: { again: true, health: 'ours' },
  connect_refused: { again: true, health: 'failure' },
  connect_timeout: { again: true, health: 'failure' },
  connection_reset: { again: true, health: 'failure' },
  tls_failed: { again: true, health: 'failure' },
  answer_timeout: { again: true, health: 'failure' },
  protocol_error: { again: true, health: 'failure' },
  secret_unavailable: { again: true, health: 'ours' },
  local_limit: { again: true, health: 'ours' },
  // Without a request: nothing is sent any more.
  too_old: { again: false, health: 'ours' },
  message_gone: { again: false, health: 'ours' },
  endpoint_deleted: { again: false, health: 'ours' },
  // It held its key, and a person gave it up.
  released: { again: false, health: 'ours' },
  disabled: { again: false, health: 'ours' },
  // Given up by somebody.
  by_job: { again: false, health: 'ours' },
  filter_failed: { again: false, health: 'ours' },
} as const satisfies Record<string, CodeRow>;

export type AttemptCode = keyof typeof attemptCodes;

/** What a code is to the breaker of the endpoint: one message's fault, or ours, says nothing about it. */
export function breakerWordOf(code: AttemptCode): 'success' | 'failure' | 'neither' {
  const said: string = attemptCodes[code].health;
  return said === 'success' || said === 'failure' ? said : 'neither';
}

/** One request and what came of it. */
export interface AttemptResult {
  readonly code: AttemptCode;
  /** Of the answer; undefined without one. */
  readonly status?: number;
  /** For people: host and cause, or where a redirect led. */
  readonly detail?: string;
  /** What the receiver asked for. */
  readonly retryAfterMs?: number;
  /** The beginning of the answer, where it was no success. */
  readonly body?: Buffer;
}

/** Judges an outcome; undefined where the request was given up because this process stops. */
export function judgeOutcome(
  outcome: DialOutcome,
  { nowMs, keptBytes }: { readonly nowMs: number; readonly keptBytes: number },
): AttemptResult | undefined {
  if (outcome.kind === 'failure') {
    return outcome.reason === 'aborted' ? undefined : { code: failureCodes[outcome.reason], detail: outcome.detail };
  }
  const { status } = outcome;
  // Its body may be cut or late: the receiver has said that it took the message.
  if (status >= 200 && status < 300) return { code: 'ok', status };
  const wait = retryAfterMs(headerOf(outcome, 'retry-after'), nowMs);
  const location = status >= 300 && status < 400 ? headerOf(outcome, 'location') : undefined;
  return {
    code: codeOfStatus(status),
    status,
    body: outcome.body.subarray(0, keptBytes),
    ...(wait === undefined ? {} : { retryAfterMs: wait }),
    ...(location === undefined ? {} : { detail: `a redirect to ${hostOf(location)}, which is not followed` }),
  };
}

function codeOfStatus(status: number): AttemptCode {
  const exact = `http_${status}`;
  if (Object.hasOwn(attemptCodes, exact)) return exact as AttemptCode; // found in the list
  if (status < 400) return 'http_3xx';
  return status < 500 ? 'http_4xx' : 'http_5xx';
}

const failureCodes: Readonly<Record<Exclude<DialFailureReason, 'aborted'>, AttemptCode>> = {
  denied: 'address_denied',
  unresolved: 'dns_failed',
  refused: 'connect_refused',
  connect_timeout: 'connect_timeout',
  tls: 'tls_failed',
  timeout: 'answer_timeout',
  reset: 'connection_reset',
  malformed: 'protocol_error',
  protocol: 'protocol_error',
  overloaded: 'local_limit',
};

/** The rest of an address may hold a secret. */
function hostOf(location: string): string {
  return URL.canParse(location) ? new URL(location).host : 'another path';
}
