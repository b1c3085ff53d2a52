/** What a part of a filter is, as far as the schema of the event says. Any value may be null, or not be there. */
export type FilterType =
  | { readonly kind: 'string' | 'bool' | 'int' | 'double' | 'null' | 'timestamp' | 'duration' | 'any' }
  | { readonly kind: 'list'; readonly items: FilterType }
  | { readonly kind: 'object'; readonly fields: ReadonlyMap<string, FilterType> };

/** A JSON Schema as packages/payload makes them: `type`, `properties`, `items`, `const`. */
export interface Schema {
  readonly [keyword: string]: unknown;
}

export const simple = {
  string: { kind: 'string' },
  bool: { kind: 'bool' },
  int: { kind: 'int' },
  double: { kind: 'double' },
  null: { kind: 'null' },
  timestamp: { kind: 'timestamp' },
  duration: { kind: 'duration' },
  any: { kind: 'any' },
} as const satisfies Record<string, FilterType>;

const ofJson: Readonly<Record<string, FilterType>> = {
  string: simple.string,
  boolean: simple.bool,
  integer: simple.int,
  number: simple.double,
  null: simple.null,
};

/** What a schema lets a value be. What it does not say anything of may be anything. */
export function typeOfSchema(schema: Schema): FilterType {
  const { type, properties, items, const: only } = schema;
  const named: unknown = Array.isArray(type) ? type.find((name) => name !== 'null') : type;
  if (named === 'array') return { kind: 'list', items: isSchema(items) ? typeOfSchema(items) : simple.any };
  if (named === 'object' && isSchema(properties)) {
    const fields = Object.entries(properties).map(
      ([name, field]) => [name, isSchema(field) ? typeOfSchema(field) : simple.any] as const,
    );
    return { kind: 'object', fields: new Map(fields) };
  }
  if (typeof named === 'string') return ofJson[named] ?? simple.any;
  return typeof only === 'boolean' ? simple.bool : typeof only === 'string' ? simple.string : simple.any;
}

function isSchema(value: unknown): value is Schema {
  return typeof value === 'object' && value !== null;
}

export function isNumber({ kind }: FilterType): boolean {
  return kind === 'int' || kind === 'double';
}

/** As it is written to people. */
export function typeName(type: FilterType): string {
  if (type.kind === 'list') return `list of ${typeName(type.items)}`;
  return type.kind === 'any' ? 'anything' : type.kind;
}
