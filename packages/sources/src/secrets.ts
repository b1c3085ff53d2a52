import { dirname, resolve } from 'node:path';
import { parseEnv } from 'node:util';

import { readTextFile } from './read-file.ts';

/** Where the references of a sources file lead. */
export interface SecretPlaces {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Lines of NAME=value, asked for what the environment does not have. */
  readonly secretsFile?: string;
}

/** What a reference led to. */
export interface ResolvedSecret {
  /** Empty when it led to nothing, so that a missing secret is like a blank one: never usable. */
  readonly value: string;
  /** What is wrong with it; reads on after the name of the reference. Never contains the value. */
  readonly flaw?: string;
  /** Of a file of its own. */
  readonly writtenAtMs?: number;
}

export interface SecretResolver {
  resolve(reference: string): Promise<ResolvedSecret>;
  /** Every file that was read or looked for, whose change would change an answer. */
  readonly files: ReadonlySet<string>;
}

/** A PEM chain has 10 KiB; nothing that proves a webhook is larger. */
const maxSecretBytes = 64 * 1024;

/** A thousand sources with two secrets each are 200 KiB. */
const maxSecretsFileBytes = 1024 * 1024;

/** Resolves the references of the sources file at `path`, each file as it is now. */
export async function createSecretResolver(path: string, { env, secretsFile }: SecretPlaces): Promise<SecretResolver> {
  const files = new Set<string>();
  if (secretsFile !== undefined) files.add(resolve(secretsFile));
  const listed = secretsFile === undefined ? {} : await readSecretsFile(secretsFile);
  return {
    files,
    resolve: async (reference) => {
      if (reference.startsWith('env:')) return fromVariable(reference.slice('env:'.length), env, listed);
      const file = resolve(dirname(path), reference.slice('file:'.length));
      files.add(file);
      return fromFile(file);
    },
  };
}

type Variables = Readonly<Record<string, string | undefined>>;

/** A blank variable counts as unset, as everywhere in Trunkline, so the secrets file is asked then, too. */
function fromVariable(name: string, env: Variables, listed: Variables): ResolvedSecret {
  const given = [env[name], listed[name]].filter((value) => value !== undefined);
  if (given.length === 0) return { value: '', flaw: 'is not set' };
  const value = given.find((text) => text.trim() !== '');
  return value === undefined ? { value: '', flaw: 'is blank' } : checked(value);
}

async function fromFile(file: string): Promise<ResolvedSecret> {
  const read = await readTextFile(file, maxSecretBytes);
  if (!read.ok) return { value: '', flaw: read.flaw };
  // The line break at the end that editors add and nobody means.
  const value = read.text.replace(/\r?\n$/, '');
  if (value.trim() === '') return { value: '', flaw: 'is blank' };
  return { ...checked(value), writtenAtMs: read.writtenAtMs };
}

function checked(value: string): ResolvedSecret {
  if (value.trim() === value) return { value };
  // Used as it is: perhaps it is meant. But more often it was copied along, and no signature matches.
  return { value, flaw: 'begins or ends with white space' };
}

/** A file that cannot be read has no lines; each secret that is missing for it is told of by its source. */
async function readSecretsFile(file: string): Promise<Variables> {
  const read = await readTextFile(file, maxSecretsFileBytes);
  return read.ok ? parseEnv(read.text) : {};
}

/** Values by their references. */
export type SecretValues = ReadonlyMap<string, string>;

/** A slip of whoever keeps the secrets (a file that is moved, a line that is lost) must not refuse what was accepted. */
export function keepingLast(
  resolver: Pick<SecretResolver, 'resolve'>,
  lastGood: SecretValues,
): Pick<SecretResolver, 'resolve'> {
  return {
    resolve: async (reference) => {
      const found = await resolver.resolve(reference);
      const last = lastGood.get(reference);
      if (found.value !== '' || last === undefined) return found;
      return { value: last, flaw: `${found.flaw ?? 'is gone'}; its last value stays in force until a restart` };
    },
  };
}
