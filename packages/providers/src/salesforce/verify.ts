import type { ReceivedRequest } from '../contract/request.ts';
import type { SourceSettings } from '../contract/settings.ts';
import { rejected, type Verdict } from '../contract/verdict.ts';
import { queryToken } from '../schemes/query-token.ts';
import type { Scheme } from '../schemes/scheme.ts';
import { sharedToken } from '../schemes/shared-token.ts';
import { canonicalId, readMessage } from './message.ts';
import type { SalesforceOptions } from './options.ts';

/** Outbound messages are not signed: the secret is in the URL that Salesforce was given, or a gateway adds it. */
export function salesforceScheme({ credential, parameter }: SalesforceOptions): Scheme {
  return credential === 'basic' ? sharedToken({ form: 'basic', header: 'Authorization' }) : queryToken({ parameter });
}

/** The secret first, then, where the source names its organization, that the message comes from there. */
export function verifySalesforce(
  request: ReceivedRequest,
  settings: SourceSettings<SalesforceOptions>,
  nowMs: number,
): Verdict {
  const verdict = salesforceScheme(settings.options).verify(request, settings.secrets, nowMs);
  if (!verdict.accepted || settings.account === undefined) return verdict;
  const read = readMessage(request.body);
  const organization = read.readable ? read.message.organizationId : organizationIn(request.body);
  if (organization !== undefined && organization === canonicalId(settings.account)) return verdict;
  return rejected('unknown_key', 'its OrganizationId is not the account of this source');
}

const namedOrganization = /<(?:[A-Za-z_][\w.-]*:)?OrganizationId>([A-Za-z0-9]{15,18})</g;

/**
 * The organization that a message names which is not well formed: a control character in one field must not have the message
 * refused, and dropped at Salesforce after a day. It is kept whole then. Undefined where it names none, or several.
 */
function organizationIn(body: Uint8Array): string | undefined {
  const named = [...Buffer.from(body).toString('latin1').matchAll(namedOrganization)];
  return named.length === 1 ? canonicalId(named[0]?.[1]) : undefined;
}
