import type { z } from 'zod';

import { explain } from './explain.ts';
import { suggestion } from './nearest.ts';
import { type DocumentPath, type Finding, quoted } from './problem.ts';
import { valueAt } from './schema-node.ts';

/** The lists of the file. */
export type ListName = 'tenants' | 'sources' | 'connections' | 'people' | 'phones' | 'senders' | 'operators';

/** Checks one part of a document and keeps what is wrong with it. */
export interface PartChecker {
  readonly findings: Finding[];
  /** The part as its schema reads it; undefined where it has mistakes. */
  check<T>(schema: z.ZodType<T>, value: unknown, path: DocumentPath): T | undefined;
}

export function createPartChecker(): PartChecker {
  const findings: Finding[] = [];
  return {
    findings,
    check: (schema, value, path) => {
      const result = schema.safeParse(value);
      if (!result.success) findings.push(...explain({ schema, value, path }, result.error.issues));
      return result.data;
    },
  };
}

export function listAt(document: unknown, key: ListName): readonly unknown[] {
  const list = valueAt(document, [key]);
  return Array.isArray(list) ? list : [];
}

export function textAt(entry: unknown, key: string): string | undefined {
  const value = valueAt(entry, [key]);
  return typeof value === 'string' ? value : undefined;
}

export function doubledIds(list: ListName, entries: readonly unknown[]): readonly Finding[] {
  return repeated(entries.map((entry) => textAt(entry, 'id'))).map(({ index, first, key }) => ({
    path: [list, index, 'id'],
    at: 'value',
    message: `${list}[${first}] has the id ${quoted(key)}, too`,
    fix: 'give one of the two another id; a retired one stays taken',
  }));
}

export function unknownTenants(
  list: ListName,
  entries: readonly unknown[],
  tenants: readonly unknown[],
): readonly Finding[] {
  const ids = new Set(tenants.flatMap((tenant) => textAt(tenant, 'id') ?? []));
  const known = [...ids];
  return entries.flatMap((entry, index): Finding[] => {
    const tenant = textAt(entry, 'tenant');
    if (tenant === undefined || ids.has(tenant)) return [];
    const message = `there is no tenant ${quoted(tenant)} under tenants`;
    return [{ path: [list, index, 'tenant'], at: 'value', message, fix: suggestion(tenant, known) }];
  });
}

export interface Repetition {
  readonly index: number;
  readonly first: number;
  readonly key: string;
}

export function repeated(keys: readonly (string | undefined)[]): readonly Repetition[] {
  const seen = new Map<string, number>();
  return keys.flatMap((key, index) => {
    if (key === undefined) return [];
    const first = seen.get(key);
    if (first !== undefined) return [{ index, first, key }];
    seen.set(key, index);
    return [];
  });
}

export const emptyFile: Finding = {
  path: [],
  at: 'value',
  message: 'the file is empty',
  fix: 'begin as the sample trunkline.yaml does: version: 1, tenants, sources',
};
