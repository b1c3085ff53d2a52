import type { ReceivedRequest } from '@trunkline/providers';

import type { Attempt, Mistake } from './mistake.ts';

type Rename = readonly [change: (name: string) => string, words: string];

/** The proof is there under another name: that of a compatible provider, or what a gateway makes of header names. */
export const headerNames: Mistake = {
  name: 'header_names',
  action: 'let the proxy pass headers on under their own names',
  steps: ['missing_header'],
  *attempts({ request }): Iterable<Attempt> {
    for (const [change, words] of renames) {
      const renamed = withNames(request, change);
      if (renamed !== undefined) yield { would: words, request: renamed };
    }
  },
};

const renames: readonly Rename[] = [
  [(name) => name.replace(/^svix-/i, 'webhook-'), 'its svix-… headers were called webhook-…: the sender is Svix'],
  [
    (name) => name.replace(/^webhook-/i, 'svix-'),
    'its webhook-… headers were called svix-…: use the provider standard_webhooks',
  ],
  [
    (name) => name.replace(/^HTTP_/i, '').replaceAll('_', '-'),
    'its header names had "-" for "_" and no HTTP_: a gateway renamed them',
  ],
  [(name) => name.trim(), 'its header names had no white space around them'],
  [(name) => name.replace(/^x-original-/i, ''), 'its headers did not begin with X-Original-: a proxy renamed them'],
];

function withNames(request: ReceivedRequest, change: Rename[0]): ReceivedRequest | undefined {
  const headers = request.headers.map(([name, value]) => [change(name), value] as const);
  const changed = headers.some(([name], index) => name !== request.headers[index]?.[0]);
  return changed ? { ...request, headers } : undefined;
}
