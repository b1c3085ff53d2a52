import { resolve } from 'node:path';

import { type Clock, networkList, systemClock, TrunklineError } from '@trunkline/core';
import { type ProviderDefinition, Secret, secretFlaw } from '@trunkline/providers';

import { type ConfiguredSource, createCatalog, type SourceCatalog } from './catalog.ts';
import { type CheckedFile, checkDocument, type CheckedSource } from './check.ts';
import { type Finding, type Problem, renderProblems } from './problem.ts';
import type { SecretEntry } from './schema.ts';
import {
  createSecretResolver,
  keepingLast,
  type SecretPlaces,
  type SecretResolver,
  type SecretValues,
} from './secrets.ts';
import { located, readYamlFile } from './yaml-file.ts';

export interface LoadOptions extends SecretPlaces {
  /** Tells which secrets of a rotation are over, for the warnings. */
  readonly clock?: Clock;
}

/**
 * Either a catalog, or every mistake of the file. Warnings do not keep a catalog from being used: a source whose secret
 * is missing refuses everything, and takes no other source down with it.
 */
export type LoadedSources =
  | { readonly catalog: SourceCatalog; readonly warnings: readonly Problem[] }
  | { readonly problems: readonly Problem[] };

/** Reads a sources file and its secrets. Never throws over what is in it, or over its absence. */
export async function loadSources(path: string, options: LoadOptions): Promise<LoadedSources> {
  const { loaded } = await readSources(path, options);
  return loaded;
}

export interface SourcesReading {
  readonly loaded: LoadedSources;
  /** Of the secrets in force; undefined when nothing of the file is. */
  readonly secretValues?: SecretValues;
  /** Every file whose change may change the outcome. */
  readonly files: readonly string[];
}

/** As loadSources, and tells what it depended on. A secret that is gone keeps the value that it had in `lastGood`. */
export async function readSources(
  path: string,
  options: LoadOptions,
  lastGood: SecretValues = new Map(),
): Promise<SourcesReading> {
  const file = resolve(path);
  const { document, problems } = await readYamlFile(file);
  if (document === undefined) return { loaded: { problems }, files: [file] };
  const checked = checkDocument(document.value);
  const all = located(document, checked.findings, problems);
  if (all.length > 0) return { loaded: { problems: all }, files: [file] };
  const resolver = await createSecretResolver(file, options);
  const nowMs = (options.clock ?? systemClock)();
  const { catalog, findings } = await assemble(checked, keepingLast(resolver, lastGood), nowMs);
  const warnings = located(document, findings);
  return { loaded: { catalog, warnings }, secretValues: valuesOf(catalog), files: [file, ...resolver.files] };
}

function valuesOf(catalog: SourceCatalog): SecretValues {
  const values = catalog
    .all()
    .flatMap(({ settings }) =>
      settings.secrets.flatMap((secret): [string, string][] =>
        secret.name === undefined || secret.reveal() === '' ? [] : [[secret.name, secret.reveal()]],
      ),
    );
  return new Map(values);
}

interface Assembled {
  readonly catalog: SourceCatalog;
  readonly findings: readonly Finding[];
}

async function assemble(
  checked: CheckedFile,
  resolver: Pick<SecretResolver, 'resolve'>,
  nowMs: number,
): Promise<Assembled> {
  const findings: Finding[] = [];
  const sources: ConfiguredSource[] = [];
  for (const source of checked.sources) {
    const found = await Promise.all(source.entry.secrets.map((entry) => secretOf(entry, resolver, nowMs)));
    const secrets = found.map(({ secret }) => secret);
    sources.push(configure(source, secrets));
    // Only an enabled source verifies anything.
    if (source.entry.state === 'enabled') findings.push(...secretFindings(source, found, nowMs));
  }
  return { catalog: createCatalog(checked.tenantIds, sources), findings };
}

function configure({ entry, provider }: CheckedSource, secrets: readonly Secret[]): ConfiguredSource {
  const { id: sourceId, tenant: tenantId, account, publicBaseUrl, allowAddresses } = entry;
  const allowedAddresses = allowAddresses === undefined ? undefined : networkList(allowAddresses);
  return {
    sourceId,
    tenantId,
    provider,
    settings: {
      sourceId,
      tenantId,
      ...(account === undefined ? {} : { account }),
      secrets,
      options: entry.options,
      ...(publicBaseUrl === undefined ? {} : { publicBaseUrl: publicBaseUrl.replace(/\/+$/, '') }),
    },
    state: entry.state,
    bodyLimitBytes: entry.bodyLimitBytes,
    acceptDeadlineMs: entry.acceptDeadlineMs ?? provider.acceptDeadlineMs,
    ...(allowedAddresses === undefined ? {} : { allowedAddresses }),
    rate: entry.rate,
  };
}

interface FoundSecret {
  readonly secret: Secret;
  readonly reference: string;
  readonly flaw: string | undefined;
}

/** A secret that is missing keeps its place, blank and so never usable: places are what logs name. */
async function secretOf(
  entry: SecretEntry,
  resolver: Pick<SecretResolver, 'resolve'>,
  nowMs: number,
): Promise<FoundSecret> {
  const { from: reference, notAfter, keyId } = typeof entry === 'string' ? { from: entry } : entry;
  const { value, flaw, writtenAtMs } = await resolver.resolve(reference);
  const until = notAfter === undefined ? {} : { notAfterMs: Date.parse(notAfter) };
  const secret = new Secret(value, {
    name: reference,
    ...until,
    ...(keyId === undefined ? {} : { keyId }),
    ...(writtenAtMs === undefined ? {} : { writtenAtMs }),
  });
  const expired = secret.notAfterMs !== undefined && nowMs >= secret.notAfterMs ? 'is past its notAfter' : undefined;
  return { secret, reference, flaw: flaw ?? expired };
}

function secretFindings(
  { provider, entry, path }: CheckedSource,
  found: readonly FoundSecret[],
  nowMs: number,
): readonly Finding[] {
  const formFlawOf = (secret: Secret): string | undefined =>
    secret.usable(nowMs) ? secretFlaw(provider, entry.options, secret) : undefined;
  const refusesAll = found.every(({ secret }) => !secret.usable(nowMs) || formFlawOf(secret) !== undefined);
  return found.flatMap((each, index): Finding[] => {
    const { reference, secret } = each;
    const flaw = each.flaw ?? formFlawOf(secret);
    if (flaw === undefined) return [];
    const consequence = refusesAll ? ', and the source has no usable one: it refuses everything' : '';
    const message = `the secret ${reference} ${flaw}${consequence}`;
    return [{ path: [...path, 'secrets', index], at: 'value', message, fix: secretFix(provider, each, refusesAll) }];
  });
}

function secretFix({ secrets }: ProviderDefinition, { secret, flaw }: FoundSecret, needed: boolean): string {
  // With a flaw of its own and yet a value it has white space around it.
  if (flaw !== undefined && secret.reveal() !== '' && secret.notAfterMs === undefined)
    return 'remove the white space around it';
  const set = `set it to the ${secrets.label.toLowerCase()} (${secrets.whereToFind})`;
  return needed ? set : `${set}, or remove the entry`;
}

/** A variable that the file refers to. */
export interface SecretVariable {
  readonly variable: string;
  /** Whose `secrets.generate()` makes a value for a sample. */
  readonly provider: ProviderDefinition;
}

/**
 * The variables that the sources of a file take secrets from, each once; those of retired sources are not needed. The
 * installation key is none of them: the ingress reads it from its own environment. Throws config_invalid for a file
 * with mistakes.
 */
export async function listSecretVariables(path: string): Promise<readonly SecretVariable[]> {
  const loaded = await loadSources(path, { env: {} });
  if ('problems' in loaded) throw new TrunklineError('config_invalid', renderProblems(path, loaded.problems).trimEnd());
  const listed = new Map<string, ProviderDefinition>();
  for (const { provider, settings, state } of loaded.catalog.all()) {
    if (state === 'retired') continue;
    for (const { name = '' } of settings.secrets) {
      const variable = name.startsWith('env:') ? name.slice('env:'.length) : undefined;
      if (variable !== undefined && !listed.has(variable)) listed.set(variable, provider);
    }
  }
  return [...listed].map(([variable, provider]) => ({ variable, provider }));
}
