import { TrunklineError } from '@trunkline/core';
import { type ProviderDefinition, providerNamed, providers, usableSecrets } from '@trunkline/providers';
import {
  type ConfiguredSource,
  type LoadedSources,
  loadSources,
  type Problem,
  renderProblems,
  type SecretPlaces,
  type SourceCatalog,
} from '@trunkline/sources';
import { type Directory, loadDirectory, type LoadedDirectory } from '@trunkline/sources/directory';

import type { CommandContext } from './context.ts';

/** A provider by its word in trunkline.yaml; throws with the words there are. */
export function findProvider(name: string): ProviderDefinition {
  const found = providerNamed(name);
  if (found === undefined) {
    throw new TrunklineError(
      'source_unknown',
      `there is no provider ${JSON.stringify(name)}; there is: ${providers.map((provider) => provider.name).join(', ')}`,
    );
  }
  return found;
}

export type SourcesRead = LoadedSources & { readonly file: string };

/** Reads the sources file with the secrets of the environment and of the secrets file. */
export async function readSources(context: CommandContext): Promise<SourcesRead> {
  const file = context.settings.require('sourcesFile');
  return { ...(await loadSources(file, placesOf(context))), file };
}

/** The people and phones of the same file, their addresses found like its secrets. */
export async function readDirectory(context: CommandContext): Promise<LoadedDirectory & { readonly file: string }> {
  const file = context.settings.require('sourcesFile');
  return { ...(await loadDirectory(file, placesOf(context))), file };
}

/** The directory; a file with mistakes throws `config_invalid` with the first of them. */
export async function openDirectory(context: CommandContext): Promise<Directory> {
  const read = await readDirectory(context);
  if ('directory' in read) return read.directory;
  throw invalidFile(read.file, read.problems);
}

function placesOf({ settings }: CommandContext): SecretPlaces {
  const secretsFile = settings.find('secretsFile')?.value;
  return { env: settings.environment, ...(secretsFile === undefined ? {} : { secretsFile }) };
}

/** The sources; a file with mistakes throws `config_invalid` with the first of them. */
export async function openCatalog(context: CommandContext): Promise<SourceCatalog> {
  const read = await readSources(context);
  if ('catalog' in read) return read.catalog;
  throw invalidFile(read.file, read.problems);
}

function invalidFile(file: string, problems: readonly Problem[]): TrunklineError {
  const more = problems.length > 1 ? ` (and ${problems.length - 1} more: \`trunkline config check\`)` : '';
  return new TrunklineError('config_invalid', `${renderProblems(file, problems.slice(0, 1)).trim()}${more}`);
}

export interface PickedSource {
  readonly source: ConfiguredSource;
  /** How many other sources of the provider there were to choose from. */
  readonly others: number;
}

/** The named source, or the first enabled one of the provider, one with a usable secret before one without. */
export function pickSource(
  catalog: SourceCatalog,
  wanted: {
    readonly provider: ProviderDefinition;
    readonly sourceId: string | undefined;
    readonly usableAtMs?: number;
  },
): PickedSource {
  const ofProvider = catalog.all().filter((source) => source.provider.name === wanted.provider.name);
  if (wanted.sourceId !== undefined) {
    const named = catalog.source(wanted.sourceId);
    if (named === undefined)
      throw new TrunklineError(
        'source_unknown',
        `there is no source ${wanted.sourceId} in the sources file${listOf(ofProvider)}`,
      );
    if (named.provider.name !== wanted.provider.name) {
      throw new TrunklineError(
        'config_invalid',
        `source ${wanted.sourceId} is of ${named.provider.name}, not of ${wanted.provider.name}${listOf(ofProvider)}`,
      );
    }
    return { source: named, others: 0 };
  }
  const enabled = ofProvider.filter((source) => source.state === 'enabled');
  const usable = enabled.filter(
    (source) => wanted.usableAtMs !== undefined && usableSecrets(source, wanted.usableAtMs).length > 0,
  );
  const first = usable[0] ?? enabled[0];
  if (first === undefined) {
    throw new TrunklineError(
      'source_unknown',
      `no source of ${wanted.provider.name} is enabled in the sources file: add one to trunkline.yaml${listOf(ofProvider)}`,
    );
  }
  return { source: first, others: enabled.length - 1 };
}

function listOf(sources: readonly ConfiguredSource[]): string {
  return sources.length === 0 ? '' : `; it has: ${sources.map((source) => source.sourceId).join(', ')}`;
}
