import { z } from 'zod';

/** A JSON Schema as OpenAPI 3.1 takes it. */
export type JsonSchema = Readonly<Record<string, unknown>>;

/** Collects schemas that have a name of their own (`.meta({ id })`), so that each is written once. */
export interface Components {
  /** Of a schema as it is sent (`input`) or answered (`output`); those with a name are referred to. */
  schemaOf(schema: z.ZodType, io: 'input' | 'output'): JsonSchema;
  add(name: string, schema: z.ZodType): void;
  all(): Readonly<Record<string, JsonSchema>>;
}

export function createComponents(): Components {
  const named = new Map<string, JsonSchema>();

  function schemaOf(schema: z.ZodType, io: 'input' | 'output'): JsonSchema {
    const { $schema: _, $defs = {}, ...rest } = z.toJSONSchema(schema, { io, unrepresentable: 'throw' });
    for (const [name, definition] of Object.entries($defs)) named.set(name, referring(definition));
    return referring(rest);
  }

  return {
    schemaOf,
    add: (name, schema) => {
      named.set(name, schemaOf(schema, 'output'));
    },
    all: () => Object.fromEntries([...named].toSorted(([a], [b]) => (a < b ? -1 : 1))),
  };
}

/** The schema with its references where OpenAPI keeps what has a name. */
function referring(schema: object): JsonSchema {
  // An object is written and read again.
  return JSON.parse(JSON.stringify(schema).replaceAll('"#/$defs/', '"#/components/schemas/')) as JsonSchema;
}
