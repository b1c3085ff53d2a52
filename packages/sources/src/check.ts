import { type ProviderDefinition, providerNamed, providers } from '@trunkline/providers';
import type { z } from 'zod';

import { checkConnections } from './connections/check.ts';
import { checkDirectory } from './directory/check.ts';
import { createPartChecker, doubledIds, emptyFile, listAt, repeated, textAt, unknownTenants } from './entries.ts';
import { envelopeSchema } from './envelope.ts';
import { suggestion } from './nearest.ts';
import { type DocumentPath, type Finding, quoted } from './problem.ts';
import { valueAt } from './schema-node.ts';
import { type SourceEntry, sourceSchemaOf } from './schema.ts';
import { checkSenders } from './senders/check.ts';

export interface CheckedSource {
  readonly entry: SourceEntry;
  readonly provider: ProviderDefinition;
  /** Where it stands in the document. */
  readonly path: DocumentPath;
}

export interface CheckedFile {
  readonly tenantIds: readonly string[];
  readonly sources: readonly CheckedSource[];
  /** Every mistake. Only when there is none are the other members the whole file. */
  readonly findings: readonly Finding[];
}

/** Checks every part on its own, so that one pass finds every mistake, then what only shows between the parts. */
export function checkDocument(document: unknown): CheckedFile {
  const parts = createPartChecker();
  const { findings } = parts;
  if (document === null || document === undefined) return { tenantIds: [], sources: [], findings: [emptyFile] };
  parts.check(envelopeSchema, document, []);
  const tenants = listAt(document, 'tenants');
  const { tenants: checkedTenants } = checkDirectory(document, parts);
  checkConnections(document, parts);
  checkSenders(document, parts);
  const schemas = schemaCache();
  const listed = listAt(document, 'sources');
  const sources = listed.flatMap((value, index): CheckedSource[] => {
    const path = ['sources', index];
    const name = valueAt(value, ['provider']);
    const provider = typeof name === 'string' ? providerNamed(name) : undefined;
    if (typeof name === 'string' && provider === undefined) findings.push(unknownProvider(name, path));
    const entry = parts.check(schemas(provider), value, path);
    return entry === undefined || provider === undefined ? [] : [{ entry, provider, path }];
  });

  findings.push(
    ...doubledIds('sources', listed),
    ...unknownTenants('sources', listed, tenants),
    ...doubledAccounts(listed),
  );
  return { tenantIds: checkedTenants.map(({ id }) => id), sources, findings };
}

/** A schema is made once per provider and check, not once per source. */
function schemaCache(): (provider: ProviderDefinition | undefined) => z.ZodType<SourceEntry> {
  const made = new Map<ProviderDefinition | undefined, z.ZodType<SourceEntry>>();
  return (provider) => {
    const schema = made.get(provider) ?? sourceSchemaOf(provider);
    made.set(provider, schema);
    return schema;
  };
}

function unknownProvider(name: string, path: DocumentPath): Finding {
  const known = providers.map((provider) => provider.name);
  return {
    path: [...path, 'provider'],
    at: 'value',
    message: `there is no provider ${quoted(name)}`,
    fix: suggestion(name, known),
  };
}

/** Event ids are made from the source's id, so an account behind two sources would give every fact two. */
function doubledAccounts(sources: readonly unknown[]): readonly Finding[] {
  const keys = sources.map((source) => {
    const parts = [textAt(source, 'tenant'), textAt(source, 'provider'), textAt(source, 'account')];
    // A retired source takes nothing any more, so its account may move on.
    const complete = parts.every((part) => part !== undefined) && textAt(source, 'state') !== 'retired';
    return complete ? JSON.stringify(parts) : undefined;
  });
  return repeated(keys).map(({ index, first }) => {
    const [other, own] = [nameOf(sources, first), nameOf(sources, index)];
    return {
      path: ['sources', index, 'account'],
      at: 'value',
      message: `${other} and ${own} are the same account of one tenant, so every fact would become two events`,
      fix: `let both endpoints of the provider post to /hooks/${other} and list both secrets there`,
    };
  });
}

function nameOf(sources: readonly unknown[], index: number): string {
  return textAt(sources[index], 'id') ?? `sources[${index}]`;
}
