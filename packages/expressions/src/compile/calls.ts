import { functions, isOf } from '../functions.ts';
import { readPattern } from '../pattern.ts';
import { mostAlike } from '../problem.ts';
import { missing, NoValue } from '../run.ts';
import { simple, typeName } from '../types.ts';
import { memberOf, unknownField } from './fields.ts';
import { isMacro, macroNames, macroPart } from './macros.ts';
import {
  constantPart,
  folded,
  type NodeOf,
  ofOne,
  type Part,
  partOf,
  pathOf,
  problem,
  quoted,
  type Scope,
} from './part.ts';

export function callPart(node: NodeOf<'call'>, scope: Scope): Part {
  if (node.name === 'has' && node.receiver === null) return hasPart(node, scope);
  if (node.name === 'matches') return matchesPart(node, scope);
  if (node.receiver !== null && isMacro(node.name))
    return macroPart(node, { name: node.name, receiver: node.receiver }, scope);
  const rows = functions.filter(({ name }) => name === node.name);
  if (rows.length === 0) {
    const names = [...functions.map(({ name }) => name), 'has', 'matches', ...macroNames];
    const alike = mostAlike(node.name, names);
    const suggestion = alike === undefined ? undefined : `${alike}()`;
    throw problem(scope, node, { words: `there is no function ${quoted(node.name)}`, suggestion });
  }
  const form = node.receiver === null ? 'function' : 'method';
  const given = [...(node.receiver === null ? [] : [node.receiver]), ...node.given];
  const parts = given.map((argument) => partOf(argument, scope));
  const row = rows.find(
    (candidate) => (candidate.form === 'either' || candidate.form === form) && takes(candidate, parts),
  );
  if (row === undefined) {
    const takesWords = rows.map((candidate) => writtenAs(candidate)).join(' or ');
    throw problem(scope, node, `${node.name} is ${takesWords}`);
  }
  return folded({
    type: row.gives,
    parts,
    evaluate(run) {
      const values: unknown[] = [];
      for (const [index, part] of parts.entries()) {
        const value = part.evaluate(run);
        if (value instanceof NoValue) return value;
        if (!isOf(row.takes[index] ?? 'any', value)) return missing;
        values.push(value);
      }
      // Each is of the kind that the row takes.
      return row.apply(run, ...(values as never[]));
    },
  });
}

function takes(row: (typeof functions)[number], parts: readonly Part[]): boolean {
  return (
    row.takes.length === parts.length &&
    parts.every(({ type: { kind } }, index) => kind === 'any' || kind === row.takes[index])
  );
}

function writtenAs({ name, form, takes: kinds }: (typeof functions)[number]): string {
  const [first, ...rest] = kinds;
  return form === 'method' ? `${first}.${name}(${rest.join(', ')})` : `${name}(${kinds.join(', ')})`;
}

function hasPart(node: NodeOf<'call'>, scope: Scope): Part {
  const [asked, ...more] = node.given;
  if (asked === undefined || asked.kind !== 'field' || more.length > 0)
    throw problem(scope, node, 'has() asks for one field: has(data.amount)');
  const of = partOf(asked.of, scope);
  const { name } = asked;
  if (of.type.kind === 'object' && !of.type.fields.has(name)) {
    const unknown = unknownField(asked, { name, of: of.type }, scope);
    scope.unknownFields.push({ path: pathOf(asked), problem: unknown });
    return constantPart(simple.bool, false);
  }
  if (of.type.kind !== 'object' && of.type.kind !== 'any') throw unknownField(asked, { name, of: of.type }, scope);
  return ofOne(simple.bool, of, (value) =>
    typeof value === 'object' && value !== null ? memberOf(value, name) !== missing : missing,
  );
}

function matchesPart(node: NodeOf<'call'>, scope: Scope): Part {
  const [text, pattern, ...more] = [...(node.receiver === null ? [] : [node.receiver]), ...node.given];
  if (text === undefined || pattern === undefined || more.length > 0)
    throw problem(scope, node, 'matches is string.matches("a regular expression")');
  const part = partOf(text, scope);
  if (part.type.kind !== 'string' && part.type.kind !== 'any')
    throw problem(scope, text, `matches looks into a text, and this is ${typeName(part.type)}`);
  // Judged once, when it is written: a pattern that comes with an event would be judged by nobody.
  if (pattern.kind !== 'value' || typeof pattern.value !== 'string')
    throw problem(scope, pattern, 'the regular expression is written out: matches("^re_")');
  const compiled = readPattern(pattern.value);
  if (typeof compiled === 'string') throw problem(scope, pattern, compiled);
  return ofOne(simple.bool, part, (value, run) => {
    if (typeof value !== 'string') return missing;
    run.spend(compiled.costOf(value));
    return compiled.test(value);
  });
}
