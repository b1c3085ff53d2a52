import { type ProviderDefinition, providerNamed, providers } from '@trunkline/providers';
import type { z } from 'zod';

import { explain } from './explain.ts';
import { suggestion } from './nearest.ts';
import { type DocumentPath, type Finding, quoted } from './problem.ts';
import { valueAt } from './schema-node.ts';
import { envelopeSchema, type SourceEntry, sourceSchemaOf, tenantSchema } from './schema.ts';

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
  const findings: Finding[] = [];
  const check = <T>(schema: z.ZodType<T>, value: unknown, path: DocumentPath): T | undefined => {
    const result = schema.safeParse(value);
    if (!result.success) findings.push(...explain({ schema, value, path }, result.error.issues));
    return result.data;
  };

  if (document === null || document === undefined) return { tenantIds: [], sources: [], findings: [emptyFile] };
  check(envelopeSchema, document, []);
  const tenants = listAt(document, 'tenants');
  const tenantIds = tenants.flatMap((value, index) => check(tenantSchema, value, ['tenants', index])?.id ?? []);
  const schemas = schemaCache();
  const listed = listAt(document, 'sources');
  const sources = listed.flatMap((value, index): CheckedSource[] => {
    const path = ['sources', index];
    const name = valueAt(value, ['provider']);
    const provider = typeof name === 'string' ? providerNamed(name) : undefined;
    if (typeof name === 'string' && provider === undefined) findings.push(unknownProvider(name, path));
    const entry = check(schemas(provider), value, path);
    return entry === undefined || provider === undefined ? [] : [{ entry, provider, path }];
  });

  findings.push(
    ...doubledIds('tenants', tenants),
    ...doubledIds('sources', listed),
    ...unknownTenants(listed, tenants),
    ...doubledAccounts(listed),
  );
  return { tenantIds, sources, findings };
}

const emptyFile: Finding = {
  path: [],
  at: 'value',
  message: 'the file is empty',
  fix: 'begin as the sample trunkline.yaml does: version: 1, tenants, sources',
};

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

function doubledIds(list: 'tenants' | 'sources', entries: readonly unknown[]): readonly Finding[] {
  return repeated(entries.map((entry) => textAt(entry, 'id'))).map(({ index, first, key }) => ({
    path: [list, index, 'id'],
    at: 'value',
    message: `${list}[${first}] has the id ${quoted(key)}, too`,
    fix: 'give one of the two another id; a retired one stays taken',
  }));
}

function unknownTenants(sources: readonly unknown[], tenants: readonly unknown[]): readonly Finding[] {
  const ids = new Set(tenants.flatMap((tenant) => textAt(tenant, 'id') ?? []));
  const known = [...ids];
  return sources.flatMap((source, index): Finding[] => {
    const tenant = textAt(source, 'tenant');
    if (tenant === undefined || ids.has(tenant)) return [];
    const message = `there is no tenant ${quoted(tenant)} under tenants`;
    return [{ path: ['sources', index, 'tenant'], at: 'value', message, fix: suggestion(tenant, known) }];
  });
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

interface Repetition {
  readonly index: number;
  readonly first: number;
  readonly key: string;
}

function repeated(keys: readonly (string | undefined)[]): readonly Repetition[] {
  const seen = new Map<string, number>();
  return keys.flatMap((key, index) => {
    if (key === undefined) return [];
    const first = seen.get(key);
    if (first !== undefined) return [{ index, first, key }];
    seen.set(key, index);
    return [];
  });
}

function listAt(document: unknown, key: string): readonly unknown[] {
  const list = valueAt(document, [key]);
  return Array.isArray(list) ? list : [];
}

function textAt(entry: unknown, key: string): string | undefined {
  const value = valueAt(entry, [key]);
  return typeof value === 'string' ? value : undefined;
}
