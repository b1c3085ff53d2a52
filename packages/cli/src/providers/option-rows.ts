import { z } from 'zod';

/** One option of a source, as a table shows it. */
export interface OptionRow {
  /** Its path below `options`: `event.id`. */
  readonly name: string;
  /** Where it counts, when options come in kinds: `scheme: hmac`. Absent: always. */
  readonly when?: string;
  /** What may be written: `text`, `live or test`, `number from 1 to 86400`. */
  readonly type: string;
  readonly required: boolean;
  /** As it would be written; absent without one. */
  readonly default?: string;
  readonly what: string;
}

type Node = z.core.JSONSchema.JSONSchema;

/** A table wider than this many levels would be a sign of options that nobody can write by hand. */
const maxDepth = 6;

/** The options of a provider from the schema that reads them, in its order. */
export function optionRows(options: z.ZodType): readonly OptionRow[] {
  const schema = z.toJSONSchema(options, { io: 'input', unrepresentable: 'any' });
  const kinds = branchesOf(schema);
  return kinds.length === 0 ? rowsOf(schema, '', maxDepth) : rowsOfKinds(kinds);
}

interface Discriminator {
  readonly name: string;
  readonly value: string;
}

/** Options that come in kinds: a row that is the same in several kinds is one, and says with which of them it counts. */
function rowsOfKinds(kinds: readonly Node[]): readonly OptionRow[] {
  const found = new Map<string, { readonly row: OptionRow; readonly values: string[] }>();
  let name = '';
  for (const kind of kinds) {
    const told = discriminatorOf(kind);
    name = told?.name ?? name;
    for (const row of rowsOf(kind, '', maxDepth)) {
      const same = row.name === told?.name ? row.name : JSON.stringify(row);
      const known = found.get(same) ?? { row, values: [] };
      found.set(same, { ...known, values: [...known.values, told?.value ?? ''] });
    }
  }
  return [...found.values()].map(({ row, values }) => {
    if (row.name === name) return { ...row, type: alternatives(values), what: 'Which of the kinds below it is.' };
    return values.length === kinds.length ? row : { ...row, when: `${name}: ${alternatives(values)}` };
  });
}

function discriminatorOf(kind: Node): Discriminator | undefined {
  for (const [name, member] of Object.entries(kind.properties ?? {})) {
    if (typeof member === 'object' && member.const !== undefined) return { name, value: String(member.const) };
  }
  return undefined;
}

function rowsOf(schema: Node, prefix: string, depth: number): readonly OptionRow[] {
  return Object.entries(schema.properties ?? {}).flatMap(([key, member]) => {
    if (typeof member === 'boolean') return [];
    const name = `${prefix}${key}`;
    const isGroup = member.properties !== undefined && depth > 0;
    const below = isGroup ? rowsOf(member, `${name}.`, depth - 1) : [];
    return [rowOf(name, member, schema.required?.includes(key) === true), ...below];
  });
}

function rowOf(name: string, member: Node, required: boolean): OptionRow {
  const written = member.default === undefined ? undefined : JSON.stringify(member.default);
  return {
    name,
    type: typeOf(member),
    required,
    ...(written === undefined ? {} : { default: written }),
    what: member.description ?? '',
  };
}

function typeOf(member: Node): string {
  const branches = branchesOf(member);
  if (branches.length > 0) return alternatives([...new Set(branches.map(typeOf))]);
  if (member.const !== undefined) return String(member.const);
  if (member.enum !== undefined) return alternatives(member.enum.map(String));
  switch (member.type) {
    case 'string':
      return 'text';
    case 'boolean':
      return 'true or false';
    case 'integer':
    case 'number':
      return `number${rangeOf(member)}`;
    case 'array':
      return `list of ${itemOf(member)}`;
    case 'object':
      return member.properties === undefined ? 'mapping' : 'group';
    default:
      return 'any';
  }
}

function itemOf(member: Node): string {
  const { items } = member;
  return typeof items === 'object' && !Array.isArray(items) ? typeOf(items) : 'any';
}

/** Limits that are only the limits of a number are not worth a word. */
function rangeOf({ minimum, maximum }: Node): string {
  const least = minimum === undefined || minimum <= Number.MIN_SAFE_INTEGER ? '' : ` from ${minimum}`;
  const most = maximum === undefined || maximum >= Number.MAX_SAFE_INTEGER ? '' : ` to ${maximum}`;
  return least + most;
}

function branchesOf(schema: Node): readonly Node[] {
  return (schema.oneOf ?? schema.anyOf ?? []).filter((branch) => typeof branch === 'object');
}

function alternatives(words: readonly string[]): string {
  // What is no word would not be seen, or would be taken for part of the sentence.
  const shown = words.map((word) => (/^[\w-]/.test(word) ? word : JSON.stringify(word)));
  return shown.length < 2 ? shown.join('') : `${shown.slice(0, -1).join(', ')} or ${shown.at(-1)}`;
}
