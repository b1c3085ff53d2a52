import { phone as normalised } from '@trunkline/addresses';

import type { Directory, Phone } from './directory.ts';

/** The ends of a call or message, as records have them. */
export interface Ends {
  readonly direction?: string | null | undefined;
  readonly from?: string | null | undefined;
  readonly to?: string | null | undefined;
  readonly forwardedFrom?: string | null | undefined;
}

/**
 * Whose call or message it is, by its numbers: ours is the called one of what comes in and the calling one of what goes
 * out, else the one that forwarded it here. A number without its country is one of the tenant's region.
 */
export function phoneOfEnds(directory: Directory, tenantId: string, ends: Ends): Phone | undefined {
  const { direction, from, to, forwardedFrom } = ends;
  const own = direction === 'outbound' ? [from] : direction === 'inbound' ? [to] : [to, from];
  for (const text of [...own, forwardedFrom]) {
    const found = phoneOfText(directory, tenantId, text);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** The phone with this number, however a provider wrote it. */
export function phoneOfText(
  directory: Directory,
  tenantId: string,
  text: string | null | undefined,
): Phone | undefined {
  if (text === null || text === undefined) return undefined;
  const number = normalised(text, directory.region(tenantId));
  return number === undefined ? undefined : directory.phoneOfNumber(tenantId, number);
}
