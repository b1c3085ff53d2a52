import { type OperatorTemplate, operatorTemplateNames } from './operator-templates.ts';
import type { PersonId } from './person.ts';
import type { PhoneId, QuietHours } from './phone.ts';
import type { Template } from './templates.ts';

export type ChannelKind = 'sms' | 'email' | 'slack';

/** One way to tell a person something. */
export interface Channel {
  readonly id: string;
  readonly kind: ChannelKind;
  /** Normalised, of Slack the id of a channel there; undefined where the file says where it is, and nothing useful is there. */
  readonly address?: string;
  /** Of Slack: the workspace, as senders name it. */
  readonly connection?: string;
}

export interface Person {
  readonly id: PersonId;
  readonly tenantId: string;
  readonly name: string;
  readonly language: string;
  /** Whether what did not reach them by one channel is told by the next: it is, unless this is false. */
  readonly fallback?: boolean;
  readonly channels: readonly Channel[];
}

export interface Phone {
  readonly id: PhoneId;
  readonly tenantId: string;
  /** In E.164. */
  readonly numbers: readonly string[];
  readonly owners: readonly PersonId[];
  readonly sources: readonly string[];
  /** By which channels the owners are told what. */
  readonly tell: ReadonlyMap<Template, readonly string[]>;
  readonly quiet?: QuietHours;
}

/** A channel of a person who is to be told something. */
export interface Recipient {
  readonly personId: PersonId;
  readonly channelId: string;
  readonly kind: ChannelKind;
  /** BCP 47. */
  readonly language: string;
}

/** Somebody who runs the installation. */
export interface Operator {
  readonly personId: PersonId;
  readonly channels: readonly string[];
  /** Of what they are told; undefined: of everything. */
  readonly alerts?: readonly OperatorTemplate[];
}

/** An operator's channel. The tenant is theirs, and not that of what they are told of. */
export interface OperatorRecipient extends Recipient {
  readonly tenantId: string;
}

/**
 * The port between whoever knows the people and phones of an installation (a file today) and whoever needs them. Every
 * question of a tenant names it: nothing of another one is ever the answer.
 */
export interface Directory {
  phoneOfNumber(tenantId: string, e164: string): Phone | undefined;
  phoneOfSource(tenantId: string, sourceId: string): Phone | undefined;
  phone(tenantId: string, id: PhoneId): Phone | undefined;
  /** The first phone of the owner who has this mail address. */
  phoneOfEmail(tenantId: string, email: string): Phone | undefined;
  /** For telephone numbers without their country. */
  region(tenantId: string): string | undefined;
  /** Who is told, by what; in the order of the file. */
  recipients(tenantId: string, phone: PhoneId, template: Template): readonly Recipient[];
  person(tenantId: string, id: PersonId): Person | undefined;
  phones(tenantId: string): readonly Phone[];
  people(tenantId: string): readonly Person[];
  /** All of the installation, in the order of the file. */
  tenants(): readonly string[];
  /** Who runs the installation and is told of this, by what; in the order of the file. */
  operators(template: OperatorTemplate): readonly OperatorRecipient[];
}

export interface DirectoryContent {
  readonly regions: ReadonlyMap<string, string>;
  readonly people: readonly Person[];
  readonly phones: readonly Phone[];
  /** None unless given. */
  readonly tenants?: readonly string[];
  /** None unless given. */
  readonly operators?: readonly Operator[];
}

/** A directory that never changes; an edit of the file makes another. */
export function createDirectory(content: DirectoryContent): Directory {
  const { regions, people, phones, tenants = [], operators = [] } = content;
  const persons = new Map(people.map((person) => [keyOf(person.tenantId, person.id), person]));
  const byId = new Map(phones.map((phone) => [keyOf(phone.tenantId, phone.id), phone]));
  const byNumber = firstOfEach(phones, ({ numbers }) => numbers);
  const bySource = firstOfEach(phones, ({ sources }) => sources);
  const byEmail = firstOfEach(phones, ({ tenantId, owners }) =>
    owners.flatMap((owner) => mailAddresses(persons.get(keyOf(tenantId, owner)))),
  );
  return {
    phoneOfNumber: (tenantId, e164) => byNumber.get(keyOf(tenantId, e164)),
    phoneOfSource: (tenantId, sourceId) => bySource.get(keyOf(tenantId, sourceId)),
    phone: (tenantId, id) => byId.get(keyOf(tenantId, id)),
    phoneOfEmail: (tenantId, email) => byEmail.get(keyOf(tenantId, email)),
    region: (tenantId) => regions.get(tenantId),
    recipients: (tenantId, id, template) => {
      const phone = byId.get(keyOf(tenantId, id));
      const wanted = phone?.tell.get(template) ?? [];
      return (phone?.owners ?? []).flatMap((owner) => recipientsOf(persons.get(keyOf(tenantId, owner)), wanted));
    },
    person: (tenantId, id) => persons.get(keyOf(tenantId, id)),
    phones: (tenantId) => phones.filter((phone) => phone.tenantId === tenantId),
    people: (tenantId) => people.filter((person) => person.tenantId === tenantId),
    tenants: () => tenants,
    operators: (template) =>
      operators.flatMap(({ personId, channels, alerts = operatorTemplateNames }) => {
        const person = people.find(({ id }) => id === personId);
        if (person === undefined || !alerts.includes(template)) return [];
        return recipientsOf(person, channels).map((recipient) => ({ ...recipient, tenantId: person.tenantId }));
      }),
  };
}

/** Where there is no file. */
export const emptyDirectory: Directory = createDirectory({ regions: new Map(), people: [], phones: [] });

/** Asks, each time, the directory that is in force then. */
export function currentDirectory(inForce: () => Directory): Directory {
  return {
    phoneOfNumber: (tenantId, e164) => inForce().phoneOfNumber(tenantId, e164),
    phoneOfSource: (tenantId, sourceId) => inForce().phoneOfSource(tenantId, sourceId),
    phone: (tenantId, id) => inForce().phone(tenantId, id),
    phoneOfEmail: (tenantId, email) => inForce().phoneOfEmail(tenantId, email),
    region: (tenantId) => inForce().region(tenantId),
    recipients: (tenantId, phone, template) => inForce().recipients(tenantId, phone, template),
    person: (tenantId, id) => inForce().person(tenantId, id),
    phones: (tenantId) => inForce().phones(tenantId),
    people: (tenantId) => inForce().people(tenantId),
    tenants: () => inForce().tenants(),
    operators: (template) => inForce().operators(template),
  };
}

function keyOf(tenantId: string, name: string): string {
  // No id has a space.
  return `${tenantId} ${name}`;
}

function firstOfEach(
  phones: readonly Phone[],
  namesOf: (phone: Phone) => readonly string[],
): ReadonlyMap<string, Phone> {
  const found = new Map<string, Phone>();
  for (const phone of phones)
    for (const name of namesOf(phone)) {
      const key = keyOf(phone.tenantId, name);
      if (!found.has(key)) found.set(key, phone);
    }
  return found;
}

function mailAddresses(person: Person | undefined): readonly string[] {
  return (person?.channels ?? []).flatMap(({ kind, address }) =>
    kind === 'email' && address !== undefined ? [address] : [],
  );
}

function recipientsOf(person: Person | undefined, wanted: readonly string[]): readonly Recipient[] {
  if (person === undefined) return [];
  const { id: personId, language } = person;
  return wanted.flatMap((name) => {
    const channel = person.channels.find(({ id }) => id === name);
    return channel === undefined ? [] : [{ personId, channelId: channel.id, kind: channel.kind, language }];
  });
}
