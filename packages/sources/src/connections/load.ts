import { type Connectable, isSecret } from '@trunkline/clients/credentials';
import type { z } from 'zod';

import type { DocumentPath, Finding, Problem } from '../problem.ts';
import { readPart } from '../read-part.ts';
import { createSecretResolver, type SecretPlaces, type SecretResolver } from '../secrets.ts';
import { located } from '../yaml-file.ts';
import { checkConnections, type CheckedConnection } from './check.ts';
import type { ConfiguredConnection, ConnectionTls } from './connections.ts';

/**
 * Either the connections, or every mistake in their part of the file. Warnings do not keep the others from being used: a
 * connection whose secret is missing keeps what was sealed for it, if anything was.
 */
export type LoadedConnections =
  | { readonly connections: readonly ConfiguredConnection[]; readonly warnings: readonly Problem[] }
  | { readonly problems: readonly Problem[] };

export interface ConnectionsReading {
  readonly loaded: LoadedConnections;
  /** Every file whose change may change the outcome. */
  readonly files: readonly string[];
  /** The variables that secrets are taken from, each once. */
  readonly variables: readonly string[];
}

/** The variables that the secrets of connections are taken from; none where the file has mistakes. */
export async function listConnectionVariables(path: string): Promise<readonly string[]> {
  return (await readConnections(path, { env: {} })).variables;
}

/** Reads the connections of a file with their secrets. Never throws over what is in it, or over its absence. */
export async function loadConnections(path: string, places: SecretPlaces): Promise<LoadedConnections> {
  return (await readConnections(path, places)).loaded;
}

/** As loadConnections, and tells what it depended on. */
export async function readConnections(path: string, places: SecretPlaces): Promise<ConnectionsReading> {
  const part = await readPart(path, checkConnections);
  if (part.problems !== undefined) return { loaded: { problems: part.problems }, files: [part.file], variables: [] };
  const { file, document, checked } = part;
  const resolver = await createSecretResolver(file, places);
  const findings: Finding[] = [];
  const connections: ConfiguredConnection[] = [];
  for (const each of checked) connections.push(await configure(each, resolver, findings));
  return {
    loaded: { connections, warnings: located(document, findings) },
    files: [file, ...resolver.files],
    variables: variablesOf(checked),
  };
}

async function configure(
  { entry, connectable, path }: CheckedConnection,
  resolver: Pick<SecretResolver, 'resolve'>,
  findings: Finding[],
): Promise<ConfiguredConnection> {
  const { id, tenant: tenantId, provider, account, rates, checkEvery } = entry;
  const place: DocumentPath = [...path, 'credentials'];
  const values: Record<string, unknown> = { ...entry.credentials };
  const flaws: Finding[] = [];
  for (const [name, reference] of referencesOf(entry.credentials, connectable)) {
    const { value, flaw } = await resolver.resolve(reference);
    if (flaw !== undefined) flaws.push(flawed([...place, name], reference, flaw));
    values[name] = value;
  }
  // A secret that is there may still be of a wrong form; its value is not repeated, nor the parser's words about it.
  const parsed = connectable.credentials.safeParse(values);
  if (!parsed.success && flaws.length === 0) {
    for (const issue of parsed.error.issues) {
      const name = String(issue.path[0] ?? '');
      const reference = entry.credentials[name];
      const named = typeof reference === 'string' ? reference : name;
      flaws.push(flawed([...place, name], named, 'is not of the form of one'));
    }
  }
  const tls = entry.tls === undefined ? undefined : await tlsOf(entry.tls, { resolver, path: [...path, 'tls'], flaws });
  findings.push(...flaws);
  return {
    id,
    tenantId,
    provider,
    auth: entry.tls === undefined ? connectable.auth : 'mtls',
    tls,
    account,
    credentials: flaws.length === 0 && parsed.success ? parsed.data : undefined,
    rates,
    checkEveryMs: checkEvery,
  };
}

interface TlsPlace {
  readonly resolver: Pick<SecretResolver, 'resolve'>;
  readonly path: DocumentPath;
  readonly flaws: Finding[];
}

async function tlsOf(
  entry: NonNullable<CheckedConnection['entry']['tls']>,
  { resolver, path, flaws }: TlsPlace,
): Promise<ConnectionTls> {
  const read = async (name: keyof typeof entry, reference: string): Promise<string> => {
    const { value, flaw } = await resolver.resolve(reference);
    // A file of PEM may end with several line breaks.
    const isPem = /^-----BEGIN [A-Z0-9 ]+-----/.test(value.trimStart());
    if (!isPem) flaws.push(flawed([...path, name], reference, value === '' ? (flaw ?? 'is blank') : 'is not PEM'));
    return value;
  };
  const { authority } = entry;
  return {
    certificate: await read('certificate', entry.certificate),
    key: await read('key', entry.key),
    ...(authority === undefined ? {} : { authority: await read('authority', authority) }),
  };
}

function flawed(path: DocumentPath, reference: string, flaw: string): Finding {
  return {
    path,
    at: 'value',
    message: `the secret ${reference} ${flaw}`,
    fix: 'set it; until then the connection keeps what it had',
  };
}

function referencesOf(
  credentials: Readonly<Record<string, unknown>>,
  connectable: Connectable,
): readonly (readonly [string, string])[] {
  // The fields of an object are schemas; its own type says less.
  const fields = Object.entries(connectable.credentials.shape as Readonly<Record<string, z.ZodType>>);
  return fields.flatMap(([name, field]): [string, string][] => {
    const reference = credentials[name];
    return isSecret(field) && typeof reference === 'string' ? [[name, reference]] : [];
  });
}

function variablesOf(checked: readonly CheckedConnection[]): readonly string[] {
  const references = checked.flatMap(({ entry, connectable }) => [
    ...referencesOf(entry.credentials, connectable),
    ...Object.entries(entry.tls ?? {}).flatMap(([name, reference]): [string, string][] =>
      reference === undefined ? [] : [[name, reference]],
    ),
  ]);
  return [
    ...new Set(
      references.flatMap(([, reference]) => (reference.startsWith('env:') ? [reference.slice('env:'.length)] : [])),
    ),
  ];
}
