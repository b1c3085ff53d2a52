import type { Domain } from '@trunkline/providers';
import type { ConfiguredSource, SourceCatalog } from '@trunkline/sources';

import { Refusal } from '../refusal.ts';

/** The source of a URL, when this deployment serves it and it takes requests. */
export function findSource(
  catalog: SourceCatalog,
  sourceId: string,
  domains: readonly Domain[] | undefined,
): ConfiguredSource | Refusal {
  const source = catalog.source(sourceId);
  if (source === undefined) {
    return new Refusal({ step: 'source', code: 'source_unknown', detail: 'no source has this id' });
  }
  if (domains !== undefined && !source.provider.domains.some((domain) => domains.includes(domain))) {
    const detail = `a source of ${source.provider.name}, which is not of the domains served here`;
    return new Refusal({ step: 'source', code: 'source_unknown', detail });
  }
  switch (source.state) {
    case 'enabled':
      return source;
    case 'disabled':
      return new Refusal({ step: 'source', code: 'source_disabled', detail: 'the source is disabled' });
    case 'retired':
      return new Refusal({ step: 'source', code: 'source_retired', detail: 'the source is retired' });
  }
}

/** A look whether the address is there, which senders take before they post: answered without a body, told to nobody. */
export function isProbe(method: string): boolean {
  return method === 'HEAD';
}

/** Refuses a method that the source's provider uses neither for messages nor to ask whether the address is there. */
export function checkMethod(source: ConfiguredSource, method: string): Refusal | undefined {
  const { provider, settings } = source;
  const asking = provider.probeMethods?.(settings.options) ?? [];
  return isProbe(method) || asking.includes(method) ? undefined : checkMessageMethod(source, method);
}

/** The same for a message: a method that only asks carries none. */
export function checkMessageMethod(source: ConfiguredSource, method: string): Refusal | undefined {
  const { methods } = source.provider;
  if (methods.some((allowed) => allowed === method)) return undefined;
  return new Refusal({
    step: 'method',
    code: 'method_not_allowed',
    detail: `the method is not ${methods.join(' or ')}`,
    headers: { allow: methods.join(', ') },
  });
}
