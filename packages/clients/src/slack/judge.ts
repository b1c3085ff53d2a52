import { headerOf, type Judgement, type PlainAnswer } from '@trunkline/http-client';

/** Slack says 200 to nearly everything; whether it is one is in the body: https://docs.slack.dev/apis/web-api/#responses */
export function judgeSlack(answer: PlainAnswer): Judgement | undefined {
  if (answer.status !== 200) return undefined;
  const error = errorOf(answer);
  if (error === undefined) return undefined;
  const retryAfterS = Number(headerOf(answer, 'retry-after'));
  switch (error) {
    case 'ratelimited':
    case 'rate_limited':
      return {
        happening: 'rate_limited',
        retryAfterMs: Number.isFinite(retryAfterS) ? retryAfterS * 1_000 : undefined,
      };
    case 'invalid_auth':
    case 'not_authed':
    case 'account_inactive':
    case 'token_expired':
    case 'token_revoked':
      return { happening: 'unauthorised' };
    case 'internal_error':
    case 'fatal_error':
    case 'request_timeout':
    case 'service_unavailable':
      return { happening: 'server_error' };
    default:
      return { happening: 'rejected' };
  }
}

function errorOf({ body }: PlainAnswer): string | undefined {
  try {
    const parsed: unknown = JSON.parse(body.toString('utf8'));
    if (typeof parsed !== 'object' || parsed === null || !('ok' in parsed) || parsed.ok !== false) return undefined;
    return 'error' in parsed && typeof parsed.error === 'string' ? parsed.error : 'unknown';
  } catch {
    // No JSON: the operation that reads the answer says so.
    return undefined;
  }
}
