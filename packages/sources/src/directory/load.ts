import { email } from '@trunkline/addresses';

import type { DocumentPath, Finding, Problem } from '../problem.ts';
import { readPart } from '../read-part.ts';
import { isReference } from '../reference.ts';
import { createSecretResolver, keepingLast, type SecretPlaces, type SecretValues } from '../secrets.ts';
import { located } from '../yaml-file.ts';
import { checkDirectory, type CheckedDirectory, type Placed } from './check.ts';
import { type Channel, createDirectory, type Directory, type Person, type Phone } from './directory.ts';
import { type ChannelEntry, numberWithCountry, type PersonEntry } from './person.ts';
import type { PhoneEntry } from './phone.ts';
import { told } from './relations.ts';

/**
 * Either a directory, or every mistake in its parts of the file. Warnings do not keep it from being used: an address
 * that is not found belongs to nobody.
 */
export type LoadedDirectory =
  | { readonly directory: Directory; readonly warnings: readonly Problem[] }
  | { readonly problems: readonly Problem[] };

export interface DirectoryReading {
  readonly loaded: LoadedDirectory;
  /** What the references in force led to; undefined when nothing of the file is in force. */
  readonly values?: SecretValues;
  /** Every file whose change may change the outcome. */
  readonly files: readonly string[];
  /** The variables that addresses are taken from, each once. */
  readonly variables: readonly string[];
}

/** The variables that the addresses of a file are taken from; none where the file has mistakes. */
export async function listAddressVariables(path: string): Promise<readonly string[]> {
  const { variables } = await readDirectory(path, { env: {} });
  return variables;
}

/** Reads the tenants, people and phones of a file, and no provider's code. Never throws over what is in it, or over its absence. */
export async function loadDirectory(path: string, places: SecretPlaces): Promise<LoadedDirectory> {
  const { loaded } = await readDirectory(path, places);
  return loaded;
}

/** As loadDirectory, and tells what it depended on. An address that is gone keeps the value that it had in `lastGood`. */
export async function readDirectory(
  path: string,
  places: SecretPlaces,
  lastGood: SecretValues = new Map(),
): Promise<DirectoryReading> {
  const part = await readPart(path, checkDirectory);
  if (part.problems !== undefined) return { loaded: { problems: part.problems }, files: [part.file], variables: [] };
  const { file, document, checked } = part;
  const resolver = await createSecretResolver(file, places);
  const addresses = createAddressReader(keepingLast(resolver, lastGood));
  const directory = await assemble(checked, addresses);
  const warnings = located(document, addresses.findings);
  return {
    loaded: { directory, warnings },
    values: addresses.values,
    files: [file, ...resolver.files],
    variables: [...addresses.variables],
  };
}

type Normalise = (text: string) => string | undefined;

interface AddressReader {
  readonly findings: readonly Finding[];
  readonly values: SecretValues;
  readonly variables: ReadonlySet<string>;
  /** The address that a text is or refers to. */
  read(text: string, normalise: Normalise, path: DocumentPath): Promise<string | undefined>;
}

function createAddressReader(resolver: Parameters<typeof keepingLast>[0]): AddressReader {
  const findings: Finding[] = [];
  const values = new Map<string, string>();
  const variables = new Set<string>();
  return {
    findings,
    values,
    variables,
    read: async (text, normalise, path) => {
      if (!isReference(text)) return normalise(text);
      if (text.startsWith('env:')) variables.add(text.slice('env:'.length));
      const { value, flaw } = await resolver.resolve(text);
      const address = normalise(value);
      if (value !== '') values.set(text, value);
      // White space around an address means nothing.
      const wrong = value === '' ? flaw : 'is no such address';
      if (address === undefined)
        findings.push({ path, at: 'value', message: `${text} ${wrong ?? ''}`, fix: 'set it to the address itself' });
      return address;
    },
  };
}

async function assemble(checked: CheckedDirectory, addresses: AddressReader): Promise<Directory> {
  const { tenants, people, phones, operators } = checked;
  const regions = tenants.flatMap(({ id, region }): [string, string][] => (region === undefined ? [] : [[id, region]]));
  const persons: Person[] = [];
  for (const placed of people) persons.push(await personOf(placed, addresses));
  const built: Phone[] = [];
  for (const placed of phones) built.push(await phoneOf(placed, addresses));
  return createDirectory({
    regions: new Map(regions),
    people: persons,
    phones: built,
    tenants: tenants.map(({ id }) => id),
    operators: operators.map(({ entry: { person: personId, channels, alerts } }) => ({
      personId,
      channels,
      ...(alerts === undefined ? {} : { alerts }),
    })),
  });
}

async function personOf({ entry, path }: Placed<PersonEntry>, addresses: AddressReader): Promise<Person> {
  const { id, tenant: tenantId, name, language, fallback } = entry;
  const channels: Channel[] = [];
  for (const [index, channel] of entry.channels.entries())
    channels.push(await channelOf(channel, addresses, [...path, 'channels', index, 'to']));
  return { id, tenantId, name, language, fallback, channels };
}

async function channelOf(channel: ChannelEntry, addresses: AddressReader, path: DocumentPath): Promise<Channel> {
  const { id, kind } = channel;
  if (channel.kind === 'slack') return { id, kind, address: channel.channel, connection: channel.connection };
  const address = await addresses.read(channel.to, channel.kind === 'sms' ? numberWithCountry : email, path);
  return address === undefined ? { id, kind } : { id, kind, address };
}

async function phoneOf({ entry, path }: Placed<PhoneEntry>, addresses: AddressReader): Promise<Phone> {
  const { id, tenant: tenantId, owners, sources, quiet } = entry;
  const numbers: string[] = [];
  for (const [index, text] of entry.numbers.entries()) {
    const number = await addresses.read(text, numberWithCountry, [...path, 'numbers', index]);
    if (number !== undefined) numbers.push(number);
  }
  return {
    id,
    tenantId,
    numbers,
    owners,
    sources,
    tell: new Map(told(entry)),
    ...(quiet === undefined ? {} : { quiet }),
  };
}
