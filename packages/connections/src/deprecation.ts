import { headerOf, type PlainAnswer } from '@trunkline/http-client';

/** What an API says of its own end. */
export interface Deprecation {
  /** Epoch milliseconds; undefined where it is deprecated and does not say until when it answers. */
  readonly sunsetAtMs: number | undefined;
}

/**
 * Of the headers `Deprecation` (RFC 9745: `@` and seconds; earlier drafts wrote `true` or a date) and `Sunset` (RFC 8594: a
 * date). Undefined where an answer has neither.
 */
export function deprecationOf(answer: Pick<PlainAnswer, 'headers'>): Deprecation | undefined {
  const deprecated = headerOf(answer, 'deprecation');
  const sunset = headerOf(answer, 'sunset');
  const isDeprecated = deprecated !== undefined && deprecated !== '' && !/^(?:false|\?0)$/i.test(deprecated);
  const sunsetAtMs = sunset === undefined ? Number.NaN : Date.parse(sunset);
  if (!isDeprecated && Number.isNaN(sunsetAtMs)) return undefined;
  return { sunsetAtMs: Number.isNaN(sunsetAtMs) ? undefined : sunsetAtMs };
}
