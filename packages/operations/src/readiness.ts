import { z } from 'zod';

import { getJson, type GetOptions } from './http.ts';

/** What a process of packages/runtime answers at /readyz. */
const readinessSchema = z.object({
  phase: z.string(),
  checks: z.record(z.string(), z.object({ ok: z.boolean(), detail: z.string().optional() })),
});

/** A process of an installation, and where its operators ask it. */
export interface ServiceAddress {
  /** As its run names it; of one that was named by hand `ingress`, or host and port. */
  readonly name: string;
  /** Without a slash at the end. */
  readonly url: string;
}

/** Why a process does not take work, in its own words; undefined when it is ready. Throws `dependency_unavailable`. */
export async function unreadiness({ name, url }: ServiceAddress, options: GetOptions): Promise<string | undefined> {
  const { status, body } = await getJson(name, `${url}/readyz`, options);
  if (status === 200) return undefined;
  const read = readinessSchema.safeParse(body);
  if (!read.success) return `answers ${status}`;
  const reasons = Object.entries(read.data.checks)
    .filter(([, check]) => !check.ok)
    .map(([check, { detail }]) => (detail === undefined ? check : `${check}: ${detail}`));
  return reasons.length === 0 ? read.data.phase : reasons.join('; ');
}
