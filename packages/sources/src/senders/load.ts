import type { Placed } from '../directory/check.ts';
import type { Finding, Problem } from '../problem.ts';
import { readPart } from '../read-part.ts';
import { createSecretResolver, keepingLast, type SecretPlaces, type SecretValues } from '../secrets.ts';
import { located } from '../yaml-file.ts';
import { checkSenders, hookUrl } from './check.ts';
import type { SenderEntry } from './sender.ts';
import { connectionOf, createSenders, secretNames, type Sender, type Senders } from './senders.ts';

/**
 * Either the senders, or every mistake in their part of the file. A sender whose secret is missing is told of by a
 * warning and cannot be used.
 */
export type LoadedSenders =
  | { readonly senders: Senders; readonly warnings: readonly Problem[] }
  | { readonly problems: readonly Problem[] };

export interface SendersReading {
  readonly loaded: LoadedSenders;
  /** What the references in force led to; undefined when nothing of the file is in force. */
  readonly values?: SecretValues;
  /** Every file whose change may change the outcome. */
  readonly files: readonly string[];
  /** The variables that secrets are taken from, each once. */
  readonly variables: readonly string[];
}

/** The variables that the secrets of a file's senders are taken from; none where that part has mistakes. */
export async function listSenderVariables(path: string): Promise<readonly string[]> {
  const { variables } = await readSenders(path, { env: {} });
  return variables;
}

/** Never throws over what is in the file, or over its absence. */
export async function loadSenders(path: string, places: SecretPlaces): Promise<LoadedSenders> {
  const { loaded } = await readSenders(path, places);
  return loaded;
}

/** As loadSenders, and tells what it depended on. A secret that is gone keeps the value that it had in `lastGood`. */
export async function readSenders(
  path: string,
  places: SecretPlaces,
  lastGood: SecretValues = new Map(),
): Promise<SendersReading> {
  const part = await readPart(path, checkSenders);
  if (part.problems !== undefined) return { loaded: { problems: part.problems }, files: [part.file], variables: [] };
  const { file, document, checked } = part;
  const resolver = await createSecretResolver(file, places);
  const reading = await assemble(checked, keepingLast(resolver, lastGood), (id) => hookUrl(document.value, id));
  return {
    loaded: { senders: createSenders(reading.senders), warnings: located(document, reading.findings) },
    values: reading.values,
    files: [file, ...resolver.files],
    variables: [...reading.variables],
  };
}

async function assemble(
  checked: readonly Placed<SenderEntry>[],
  resolver: Parameters<typeof keepingLast>[0],
  hookUrlOf: (sourceId: string) => string | undefined,
): Promise<{
  readonly senders: readonly Sender[];
  readonly findings: readonly Finding[];
  readonly values: SecretValues;
  readonly variables: ReadonlySet<string>;
}> {
  const findings: Finding[] = [];
  const values = new Map<string, string>();
  const variables = new Set<string>();
  const senders: Sender[] = [];
  for (const { entry, path } of checked) {
    const found: Record<string, string | undefined> = {};
    for (const name of secretNames) {
      // Each kind has some of them, and all of them are texts.
      const reference = name in entry ? (entry as Partial<Record<string, string>>)[name] : undefined;
      if (reference === undefined) continue;
      if (reference.startsWith('env:')) variables.add(reference.slice('env:'.length));
      const { value, flaw } = await resolver.resolve(reference);
      found[name] = value === '' ? undefined : value;
      if (value !== '') values.set(reference, value);
      if (flaw === undefined) continue;
      const consequence = value === '' ? `, and ${entry.id} sends nothing without it` : '';
      const fix = value === '' ? 'set it to the secret' : 'remove the white space around it';
      findings.push({
        path: [...path, name],
        at: 'value',
        message: `the secret ${reference} ${flaw}${consequence}`,
        fix,
      });
    }
    const statusUrl = 'source' in entry && entry.source !== undefined ? hookUrlOf(entry.source) : undefined;
    const accountOf = connectionOf(entry);
    senders.push({
      ...entry,
      // What was a reference is its value now.
      ...found,
      ...(statusUrl === undefined ? {} : { statusUrl }),
      ...(accountOf === undefined ? {} : { accountOf }),
    } as Sender);
  }
  return { senders, findings, values, variables };
}
