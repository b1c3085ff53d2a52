import { echoReply, type Reply } from '../contract/reply.ts';
import type { ReceivedRequest } from '../contract/request.ts';

/** Microsoft's tokens have some two hundred characters. */
export const maxValidationTokenLength = 2_048;

/**
 * When a subscription is made, Graph posts `?validationToken=` and wants the decoded token back as plain text within ten
 * seconds. It comes before there is anything to prove it by, so it is only ever echoed, as text that no browser runs.
 */
export function validationReply(request: ReceivedRequest): Reply | undefined {
  const at = request.target.indexOf('?');
  if (request.method !== 'POST' || at === -1) return undefined;
  const query = request.target.slice(at + 1);
  // Escaped, a character may take nine.
  if (query.length > 9 * maxValidationTokenLength) return undefined;
  const tokens = new URLSearchParams(query).getAll('validationToken');
  const [token] = tokens;
  if (token === undefined || tokens.length !== 1) return undefined;
  return token === '' || token.length > maxValidationTokenLength ? undefined : echoReply(token);
}
