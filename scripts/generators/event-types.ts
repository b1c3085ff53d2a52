import {
  fullName,
  isArray,
  isRecord,
  type FieldSchema,
  type Generator,
  type GeneratorInput,
  type RecordSchema,
  type Schema,
} from './generator.ts';

/** The TypeScript side of the schemas: an interface per record, and the schema texts, so that nothing is read at run time. */
export const eventTypes: Generator = {
  name: 'event-types',
  files: (input) =>
    new Map([
      ['packages/events/src/generated/records.ts', recordsFile(input)],
      ['packages/events/src/generated/schemas.ts', schemasFile(input)],
    ]),
};

const banner = '// Generated from schemas/ by `npm run generate`. Do not edit.\n';

function recordsFile(input: GeneratorInput): string {
  const records = new Map<string, RecordSchema>();
  for (const { schema } of input.schemas.values()) collectRecords(schema, records);
  const interfaces = [...records.values()].map(interfaceText);
  const rows = [...input.schemas.values()].map(
    ({ topic, schema }) => `  readonly '${topic}': ${typeName(fullName(schema))};\n`,
  );
  return [
    banner,
    ...interfaces,
    `/** The record of each topic. */\nexport interface Records {\n${rows.join('')}}\n`,
  ].join('\n');
}

function schemasFile(input: GeneratorInput): string {
  const texts = [...input.schemas.values()].map(({ topic, text }) => `  '${topic}':\n    ${JSON.stringify(text)},\n`);
  const numbers = [...input.schemas.values()].map(
    ({ topic, subject }) => `  '${topic}': ${input.releases.get(subject)?.length ?? 0},\n`,
  );
  return [
    banner,
    `/** The schema of each topic, as it is registered. */\nexport const schemaTexts = {\n${texts.join('')}} as const;\n`,
    `/** The number of each schema below schemas/released. */\nexport const releasedNumbers = {\n${numbers.join('')}} as const;\n`,
  ].join('\n');
}

/** Shared records first, each once. */
function collectRecords(schema: Schema, found: Map<string, RecordSchema>): void {
  if (typeof schema === 'string') return;
  if (isRecord(schema)) {
    for (const field of schema.fields) collectRecords(field.type, found);
    found.set(fullName(schema), schema);
  } else if (isArray(schema)) {
    collectRecords(schema.items, found);
  } else if (!('logicalType' in schema)) {
    for (const branch of schema) collectRecords(branch, found);
  }
}

function interfaceText(record: RecordSchema): string {
  const fields = record.fields.map(
    (field) => `  /** ${fieldDoc(field)} */\n  readonly ${field.name}: ${typeText(field.type)};\n`,
  );
  return `/** ${record.doc} */\nexport interface ${typeName(fullName(record))} {\n${fields.join('')}}\n`;
}

function fieldDoc(field: FieldSchema): string {
  return isTimestamp(field.type) ? `${field.doc} Epoch milliseconds.` : field.doc;
}

function isTimestamp(schema: Schema): boolean {
  if (typeof schema !== 'object') return false;
  if ('logicalType' in schema) return true;
  return !isRecord(schema) && !isArray(schema) && schema.some(isTimestamp);
}

const scalars: ReadonlyMap<string, string> = new Map([
  ['null', 'null'],
  ['string', 'string'],
  ['boolean', 'boolean'],
  ['int', 'number'],
  ['long', 'number'],
  ['bytes', 'Buffer'],
]);

function typeText(schema: Schema): string {
  if (typeof schema === 'string') return scalars.get(schema) ?? typeName(schema);
  if (isRecord(schema)) return typeName(fullName(schema));
  if (isArray(schema)) return `readonly ${typeText(schema.items)}[]`;
  if ('logicalType' in schema) return 'number';
  // Only [null, T] passes the schema rules.
  return schema.map(typeText).toReversed().join(' | ');
}

/** `trunkline.payments.Payment` → `PaymentsPayment`; `trunkline.Metadata` → `Metadata`. */
function typeName(name: string): string {
  return name
    .split('.')
    .slice(1)
    .map((part) => part.charAt(0).toUpperCase() + part.slice(1))
    .join('');
}
