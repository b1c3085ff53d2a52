import { TrunklineError } from '@trunkline/core';

/** A request as it was captured somewhere else, before a source is named. */
export interface CapturedRequest {
  readonly method: string;
  /** Path and query. */
  readonly target: string;
  /** The whole address, where the capture knows it. */
  readonly url: string | undefined;
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body: Uint8Array;
}

/** Path and query of what may be a whole address or only a target. */
export function splitUrl(url: string): Pick<CapturedRequest, 'target' | 'url'> {
  const whole = /^https?:\/\/[^/?#]*([^#]*)/i.exec(url);
  if (whole === null || URL.parse(url) === null) return { target: url, url: undefined };
  // Cut out rather than parsed: an URL object would escape what the provider signed as it was.
  const [address, rest = ''] = whole;
  return { target: rest.startsWith('/') ? rest : `/${rest}`, url: address };
}

export function unreadable(why: string, cause?: unknown): TrunklineError {
  return new TrunklineError('config_invalid', `the captured request cannot be read: ${why}`, { cause });
}
