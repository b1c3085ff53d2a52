import { z } from 'zod';

export interface Envelope {
  readonly version: 1;
  readonly tenants: readonly unknown[];
  readonly sources: readonly unknown[];
  readonly connections?: readonly unknown[] | undefined;
  readonly people?: readonly unknown[] | undefined;
  readonly phones?: readonly unknown[] | undefined;
  readonly senders?: readonly unknown[] | undefined;
  readonly operators?: readonly unknown[] | undefined;
}

/**
 * Both lists are read by every service whenever the file changes, and its event loop waits meanwhile: 2,500 of each, with
 * two channels and three templates, are 0.92 MB of the file's 1 MiB, 1.4 s and 170 MB. 10,000 would be 3.7 MB, 5.5 s and
 * 500 MB in each of the processes.
 */
const maxPeople = 2_500;
const maxPhones = 2_500;
/** Three for each of a thousand tenants are more than a file of 1 MiB holds beside them. */
const maxSenders = 2_500;

/** Everyone of them is asked about for each alert. */
const maxOperators = 32;

/** The file's 1 MiB holds 4,000 of 250 bytes. */
export const maxConnections = 10_000;

/** What each list has in it. */
export interface EntrySchemas {
  readonly tenant: z.ZodType;
  readonly source: z.ZodType;
  readonly connection: z.ZodType;
  readonly person: z.ZodType;
  readonly phone: z.ZodType;
  readonly sender: z.ZodType;
  readonly operator: z.ZodType;
}

export function fileObjectOf(schemas: EntrySchemas): z.ZodType<Envelope> {
  const { tenant, source, connection, person, phone, sender, operator } = schemas;
  return z
    .strictObject({
      version: z.literal(1).describe('The version of this format; write version: 1.'),
      tenants: z
        .array(tenant)
        .min(1)
        .describe('Who the sources belong to: a list of { id: tnt_…, name: … }, at least one.'),
      sources: z
        .array(source)
        .describe('The inbound endpoints: a list of { id: src_…, tenant: tnt_…, provider: …, secrets: [env:NAME] }.'),
      connections: z
        .array(connection)
        .max(maxConnections)
        .optional()
        .describe(
          'Whose APIs are called, and with what: a list of { id: con_…, tenant: tnt_…, provider: …, credentials: { … } }.',
        ),
      people: z
        .array(person)
        .max(maxPeople)
        .optional()
        .describe('Who can be told something: a list of { id: per_…, tenant: tnt_…, name: …, channels: […] }.'),
      phones: z
        .array(phone)
        .max(maxPhones)
        .optional()
        .describe(
          'Whose owners are told what: a list of { id: phn_…, tenant: tnt_…, numbers: […], owners: […], tell: {…} }.',
        ),
      senders: z
        .array(sender)
        .max(maxSenders)
        .optional()
        .describe('How people are told: a list of { id: snd_…, tenant: tnt_…, kind: twilio, … }.'),
      operators: z
        .array(operator)
        .max(maxOperators)
        .optional()
        .describe(
          'Who runs this installation and is told what needs a person: a list of { person: per_…, channels: [mail] }.',
        ),
    })
    .describe(
      'A Trunkline installation: who may post webhooks, how they prove who they are, whose APIs are called, and who is told what happened.',
    );
}

/** The document around its lists, whose entries the reader checks one by one. */
export const envelopeSchema: z.ZodType<Envelope> = fileObjectOf({
  tenant: z.unknown(),
  source: z.unknown(),
  connection: z.unknown(),
  person: z.unknown(),
  phone: z.unknown(),
  sender: z.unknown(),
  operator: z.unknown(),
});
