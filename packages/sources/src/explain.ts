import type { z } from 'zod';

import { type JsonSchema, jsonSchemaOf } from './json-schema.ts';
import { suggestion } from './nearest.ts';
import { type DocumentPath, type Finding, quoted } from './problem.ts';
import { type SchemaNode, schemaAt, valueAt } from './schema-node.ts';

type Issue = z.core.$ZodIssue;

/** What was checked, against what, and where it stands in the document. */
export interface CheckedPart {
  readonly schema: z.ZodType;
  readonly value: unknown;
  readonly path: DocumentPath;
}

/** The mistakes of a part in words for whoever wrote it. Values are never quoted: one may be a secret in the wrong place. */
export function explain(part: CheckedPart, issues: readonly Issue[]): readonly Finding[] {
  const root = rememberedJsonSchema(part.schema);
  const wrongKind = issues.filter(({ code }) => code === 'invalid_type').map(({ path }) => JSON.stringify(path));
  return issues.flatMap((issue) => {
    // Of a text in the place of a list, its length says nothing.
    if (issue.code !== 'invalid_type' && wrongKind.includes(JSON.stringify(issue.path))) return [];
    const inner = segments(issue.path);
    const value = valueAt(part.value, inner);
    return findingsOf({ issue, value, path: [...part.path, ...inner], node: schemaAt(root, part.value, inner) });
  });
}

/** Making one takes a millisecond, and a file of nonsense has a hundred thousand parts with the same one. */
const jsonSchemas = new WeakMap<z.ZodType, JsonSchema>();

function rememberedJsonSchema(schema: z.ZodType): JsonSchema {
  const made = jsonSchemas.get(schema) ?? jsonSchemaOf(schema);
  jsonSchemas.set(schema, made);
  return made;
}

interface Case {
  readonly issue: Issue;
  /** What stands at the path; undefined when nothing does. */
  readonly value: unknown;
  readonly path: DocumentPath;
  readonly node: SchemaNode;
}

function findingsOf(found: Case): readonly Finding[] {
  const { issue, value, path, node } = found;
  if (issue.code === 'unrecognized_keys') return issue.keys.map((key) => unknownKey(key, found));
  if (issue.code === 'invalid_union' && issue.discriminator === undefined) return branchFindings(issue, found);
  if (value === undefined) return [{ path, at: 'key', message: 'is missing', fix: addIt(node) }];
  if (value === null) return [{ path, at: 'key', message: 'has no value', fix: describe(node) }];
  return [{ path, at: 'value', message: messageFor(issue, value), fix: fixFor(issue, value, node) }];
}

function unknownKey(key: string, { path, node }: Case): Finding {
  return {
    path: [...path, key],
    at: 'key',
    message: `there is no setting ${quoted(key)} here`,
    fix: suggestion(key, node.keys),
  };
}

/** The complaints of the branch that was meant: the one that at least takes a value of this kind. */
function branchFindings(issue: z.core.$ZodIssueInvalidUnion, found: Case): readonly Finding[] {
  const meant = issue.errors.find((branch) =>
    branch.every(({ code, path }) => code !== 'invalid_type' || path.length > 0),
  );
  if (meant === undefined || found.value === undefined || found.value === null) {
    const absent = found.value === undefined ? 'is missing' : 'is not of the right kind';
    return [{ path: found.path, at: 'value', message: absent, fix: describe(found.node) }];
  }
  return meant.flatMap((nested) => {
    const inner = segments(nested.path);
    const value = valueAt(found.value, inner);
    return findingsOf({
      issue: nested,
      value,
      path: [...found.path, ...inner],
      node: schemaAt(found.node.json, found.value, inner),
    });
  });
}

function messageFor(issue: Issue, value: unknown): string {
  switch (issue.code) {
    case 'invalid_type':
      return `must be ${kinds[issue.expected] ?? issue.expected}, not ${kindOf(value)}`;
    case 'invalid_value':
    case 'invalid_union':
      return `must be ${choicesOf(issue).length > 1 ? 'one of ' : ''}${choicesOf(issue).map(String).join(', ')}`;
    case 'too_small':
      return `must ${verbOf(issue.origin)} ${issue.inclusive === false ? 'more than' : 'at least'} ${issue.minimum}${unitOf(issue.origin)}`;
    case 'too_big':
      return `must ${verbOf(issue.origin)} ${issue.inclusive === false ? 'less than' : 'at most'} ${issue.maximum}${unitOf(issue.origin)}`;
    case 'invalid_format':
      // A schema's own words are better than ours; zod's own are not.
      return issue.message.startsWith('Invalid') ? 'is not in the right form' : issue.message;
    default:
      return issue.message;
  }
}

function fixFor(issue: Issue, value: unknown, node: SchemaNode): string {
  if (issue.code === 'invalid_type' && issue.expected === 'string' && typeof value !== 'object')
    return 'put it in quotes';
  const words = choicesOf(issue).filter((choice) => typeof choice === 'string');
  // The word is suggested, what was written is not repeated.
  const meant = typeof value === 'string' ? suggestion(value, words) : '';
  return meant.startsWith('did you mean') ? meant : describe(node);
}

/** What may be written, where that is a closed list. */
function choicesOf(issue: Issue): readonly unknown[] {
  if (issue.code === 'invalid_value') return issue.values;
  // Only the variant for "no branch has this word" has options.
  return issue.code === 'invalid_union' && 'options' in issue ? (issue.options ?? []) : [];
}

const kinds: Readonly<Record<string, string>> = {
  string: 'text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list ([…], or lines that begin with -)',
  object: 'a mapping (lines of key: value)',
};

function kindOf(value: unknown): string {
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return 'a mapping';
  if (typeof value === 'number') return 'a number';
  return typeof value === 'boolean' ? 'true or false' : 'text';
}

function verbOf(origin: string): string {
  return origin === 'array' || origin === 'string' ? 'have' : 'be';
}

function unitOf(origin: string): string {
  if (origin === 'array') return ' in the list';
  return origin === 'string' ? ' characters' : '';
}

function addIt(node: SchemaNode): string {
  return `add it: ${describe(node)}`;
}

function describe(node: SchemaNode): string {
  return node.description ?? 'see `trunkline config schema`';
}

function segments(path: readonly PropertyKey[]): DocumentPath {
  return path.map((segment) => (typeof segment === 'symbol' ? String(segment) : segment));
}
