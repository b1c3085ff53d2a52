import type { ConfiguredSource, SourceCatalog } from './catalog.ts';

/** What a reload did to the sources, by their ids. */
export interface CatalogChanges {
  readonly added: readonly string[];
  /** Other settings, or another value of a secret. */
  readonly changed: readonly string[];
  /** No longer in the file at all. What is posted there is answered 404; `state: retired` would have said so on purpose. */
  readonly lost: readonly string[];
}

export function catalogChanges(before: SourceCatalog, after: SourceCatalog): CatalogChanges {
  const added: string[] = [];
  const changed: string[] = [];
  for (const source of after.all()) {
    const earlier = before.source(source.sourceId);
    if (earlier === undefined) added.push(source.sourceId);
    else if (contentOf(earlier) !== contentOf(source)) changed.push(source.sourceId);
  }
  const lost = before.all().flatMap(({ sourceId }) => (after.source(sourceId) === undefined ? [sourceId] : []));
  return { added, changed, lost };
}

/** Everything of a source as one text, to be compared and then forgotten: it holds secrets. */
function contentOf({ provider, settings, allowedAddresses, ...rest }: ConfiguredSource): string {
  const { secrets, ...others } = settings;
  return JSON.stringify([
    provider.name,
    rest,
    others,
    allowedAddresses?.rules,
    secrets.map((secret) => [secret.name, secret.notAfterMs, secret.reveal()]),
  ]);
}
