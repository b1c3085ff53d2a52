import type { z } from 'zod';

import { doubledIds, listAt, type PartChecker, repeated, textAt, unknownTenants } from '../entries.ts';
import { type DocumentPath, type Finding, quoted } from '../problem.ts';
import { type TenantEntry, tenantSchema } from '../tenant.ts';
import { type OperatorEntry, operatorSchema } from './operator.ts';
import { type PersonEntry, personSchema } from './person.ts';
import { type PhoneEntry, phoneSchema } from './phone.ts';
import { doubledSourcesAndNumbers, foreignParts, unreachableOperators, unreachableOwners } from './relations.ts';

export interface Placed<T> {
  readonly entry: T;
  /** Where it stands in the document. */
  readonly path: DocumentPath;
}

export interface CheckedDirectory {
  readonly tenants: readonly TenantEntry[];
  readonly people: readonly Placed<PersonEntry>[];
  readonly phones: readonly Placed<PhoneEntry>[];
  readonly operators: readonly Placed<OperatorEntry>[];
}

/**
 * Checks tenants, people, phones and operators; what is wrong is told to `parts`. Of the sources it reads no more than whose they
 * are, so that whoever needs the directory alone needs no provider.
 */
export function checkDirectory(document: unknown, parts: PartChecker): CheckedDirectory {
  const lists = {
    tenants: listAt(document, 'tenants'),
    people: listAt(document, 'people'),
    phones: listAt(document, 'phones'),
    operators: listAt(document, 'operators'),
  };
  const tenants = lists.tenants.flatMap((value, index) => parts.check(tenantSchema, value, ['tenants', index]) ?? []);
  const people = placed(parts, { schema: personSchema, list: 'people', values: lists.people });
  const phones = placed(parts, { schema: phoneSchema, list: 'phones', values: lists.phones });
  const operators = placed(parts, { schema: operatorSchema, list: 'operators', values: lists.operators });
  parts.findings.push(
    ...doubledIds('tenants', lists.tenants),
    ...doubledIds('people', lists.people),
    ...doubledIds('phones', lists.phones),
    ...unknownTenants('people', lists.people, lists.tenants),
    ...unknownTenants('phones', lists.phones, lists.tenants),
    ...people.flatMap(doubledChannels),
    ...foreignParts(phones, { list: 'owners', what: 'person', tenantOf: tenantsById(lists.people) }),
    ...foreignParts(phones, { list: 'sources', what: 'source', tenantOf: tenantsById(listAt(document, 'sources')) }),
    ...doubledSourcesAndNumbers(phones),
    ...unreachableOwners(phones, people, lists.people),
    ...unreachableOperators(operators, people, lists.people),
  );
  return { tenants, people, phones, operators };
}

interface ListOf<T> {
  readonly schema: z.ZodType<T>;
  readonly list: 'people' | 'phones' | 'operators';
  readonly values: readonly unknown[];
}

function placed<T>(parts: PartChecker, { schema, list, values }: ListOf<T>): readonly Placed<T>[] {
  return values.flatMap((value, index): Placed<T>[] => {
    const path = [list, index];
    const entry = parts.check(schema, value, path);
    return entry === undefined ? [] : [{ entry, path }];
  });
}

/** Whoever stands there, with or without mistakes: a mistake of theirs is told once. */
function tenantsById(entries: readonly unknown[]): ReadonlyMap<string, string | undefined> {
  return new Map(
    entries.flatMap((entry): [string, string | undefined][] => {
      const id = textAt(entry, 'id');
      return id === undefined ? [] : [[id, textAt(entry, 'tenant')]];
    }),
  );
}

function doubledChannels({ entry, path }: Placed<PersonEntry>): readonly Finding[] {
  return repeated(entry.channels.map(({ id }) => id)).map(({ index, first, key }) => ({
    path: [...path, 'channels', index, 'id'],
    at: 'value',
    message: `channels[${first}] is called ${quoted(key)}, too`,
    fix: 'give one of the two another name',
  }));
}
