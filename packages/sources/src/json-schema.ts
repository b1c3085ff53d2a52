import { z } from 'zod';

export type JsonSchema = Readonly<Record<string, unknown>>;

export function jsonSchemaOf(schema: z.ZodType): JsonSchema {
  // A rule without a JSON Schema form is left out: the editor then helps less, and the reader still checks it.
  return z.toJSONSchema(schema, { target: 'draft-7', io: 'input', unrepresentable: 'any' });
}
