import { TrunklineError } from '@trunkline/core';
import type { LoadedSources, Problem, SecretPlaces, SourceCatalog } from '@trunkline/sources';
import type { Directory, LoadedDirectory } from '@trunkline/sources/directory';
import { renderProblems } from '@trunkline/sources/problem';

import type { CommandContext } from './context.ts';

// The sources file may name any provider, so what reads it loads them all: hundreds of modules. Whoever may read it, and
// seldom does, does not wait for them.

export type SourcesRead = LoadedSources & { readonly file: string };

/** Reads the sources file with the secrets of the environment and of the secrets file. */
export async function readSources(context: CommandContext): Promise<SourcesRead> {
  const file = context.settings.require('sourcesFile');
  const { loadSources } = await import('@trunkline/sources');
  return { ...(await loadSources(file, placesOf(context))), file };
}

/** The people and phones of the same file, their addresses found like its secrets. */
export async function readDirectory(context: CommandContext): Promise<LoadedDirectory & { readonly file: string }> {
  const file = context.settings.require('sourcesFile');
  const { loadDirectory } = await import('@trunkline/sources/directory');
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
