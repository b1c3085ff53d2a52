import { globSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

import type { PersonalTable } from '@trunkline/consumer';
import { topicEntry } from '@trunkline/events';
import { describe, expect, it } from 'vitest';

/**
 * docs/records.md, "Personal values and free text": the doc of a field says where it is, or may be, personal. What a
 * service says of the people in its tables is held against that.
 */

const root = resolve(import.meta.dirname, '../..');

const services = globSync('services/*/src/personal.ts', { cwd: root }).map((file) => file.split('/')[1] ?? '');
const personalOf = new Map(
  await Promise.all(services.map(async (service) => [service, await readPersonal(service)] as const)),
);

async function readPersonal(service: string): Promise<readonly PersonalTable[]> {
  // Every service's personal.ts exports this; one that does not fails its test right here.
  const module = (await import(join(root, 'services', service, 'src/personal.ts'))) as {
    readonly personal: readonly PersonalTable[];
  };
  return module.personal;
}

interface SchemaField {
  readonly name: string;
  readonly doc: string;
  readonly type: unknown;
}

function fieldsOf(schema: string): readonly SchemaField[] {
  const text = readFileSync(join(root, 'schemas', schema), 'utf8');
  return (JSON.parse(text) as { readonly fields: readonly SchemaField[] }).fields;
}

/** What the merchant attached says so at the end, in a doc that was released before the rule was. */
function isPersonal({ doc, type }: SchemaField): boolean {
  return (
    /^Personal\b|\b(?:May be|may hold) personal\b/.test(doc) ||
    JSON.stringify(type).includes('trunkline.calendar.Attendee')
  );
}

/** Of the person all the same, by docs that were released: docs/records.md, "Requests". */
const besides: Readonly<Record<string, readonly string[]>> = {
  'payments.payment.v1': ['cardLast4'],
  'payments.checkout.v1': ['clientReference', 'trackingNumber'],
};

/** A payout is the merchant's, and so is what is attached to it. */
const ofNobody: ReadonlySet<string> = new Set(['payments.payout']);

describe.each(services)('what %s keeps of people', (service) => {
  const personal = personalOf.get(service) ?? [];

  it('is every field that its schema says is, or may be, personal', () => {
    for (const { topic, parties, list, texts } of personal) {
      const said = [...parties.flatMap(({ addresses, names }) => [...addresses, ...names]), ...texts];
      const marked = fieldsOf(topicEntry(topic).schema)
        .filter(isPersonal)
        .map(({ name }) => name)
        .concat(besides[topic] ?? []);

      expect([...said, ...(list === undefined ? [] : [list.field])].toSorted(), topic).toEqual(marked.toSorted());
    }
  });

  it('is in all of its tables that have such a field', () => {
    const tables = new Set(personal.map(({ columns }) => columns.table));
    const schemas = globSync(`schemas/${service}/*.avsc`, { cwd: root });

    const missing = schemas.filter((file) => {
      const entity = file.split('/').at(-1)?.replace('.avsc', '') ?? '';
      const isKept = globSync(`services/${service}/src/handlers/${entity}.ts`, { cwd: root }).length > 0;
      if (ofNobody.has(`${service}.${entity}`)) return false;
      return isKept && !tables.has(entity) && fieldsOf(`${service}/${entity}.avsc`).some(isPersonal);
    });
    expect(missing).toEqual([]);
  });
});
