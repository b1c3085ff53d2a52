import { TrunklineError } from '@trunkline/core';
import type { ReceivedRequest } from '@trunkline/providers';
import { InvalidArgumentError } from 'commander';

/** One change of a sample: a member of its JSON, or a parameter of its form. */
export interface Change {
  readonly path: readonly string[];
  /** As it was written behind the equals sign. */
  readonly value: string;
}

/** `data.object.amount=100`, added to those before it. A dot in a name is written `\\.`. */
export function changeArgument(text: string, previous: readonly Change[] | undefined): readonly Change[] {
  const at = text.indexOf('=');
  if (at < 1) throw new InvalidArgumentError('Give path=value, such as data.object.amount=100.');
  const path = text
    .slice(0, at)
    .split(/(?<!\\)\./)
    .map((name) => name.replaceAll('\\.', '.'));
  if (path.includes('')) throw new InvalidArgumentError('A part of the path is empty.');
  return [...(previous ?? []), { path, value: text.slice(at + 1) }];
}

/** The request with the changes made, in their order. Throws `config_invalid` where a path leads nowhere. */
export function withChanges(request: ReceivedRequest, changes: readonly Change[]): ReceivedRequest {
  if (changes.length === 0) return request;
  const text = Buffer.from(request.body).toString('utf8');
  if (/^\s*[{[]/.test(text)) return { ...request, body: Buffer.from(changedJson(text, changes)) };
  if (/^[^\s=&<{]+=/.test(text)) return { ...request, body: Buffer.from(changedForm(text, changes)) };
  throw new TrunklineError('config_invalid', '--set changes JSON and forms; the body of this sample is neither');
}

function changedJson(text: string, changes: readonly Change[]): string {
  const document: unknown = JSON.parse(text);
  for (const { path, value } of changes) {
    const [name = '', ...before] = path.toReversed();
    const owner = before
      .toReversed()
      .reduce<unknown>((part, key) => (isRecord(part) ? part[key] : undefined), document);
    if (!isRecord(owner)) throw nowhere(path);
    // Defined, not assigned: `__proto__` is a name like any other.
    Object.defineProperty(owner, name, { value: jsonOf(value), enumerable: true, writable: true, configurable: true });
  }
  // With the indent of two that fixtures are sent with.
  return JSON.stringify(document, null, 2);
}

/** JSON where it is some (100, true, null, "100", {…}), else the text itself. */
function jsonOf(value: string): unknown {
  try {
    const parsed: unknown = JSON.parse(value);
    return parsed;
  } catch {
    return value;
  }
}

function changedForm(text: string, changes: readonly Change[]): string {
  const form = new URLSearchParams(text);
  for (const { path, value } of changes) form.set(path.join('.'), value);
  return form.toString();
}

/** Lists count: `data.items.0.id`. */
function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

function nowhere(path: readonly string[]): TrunklineError {
  return new TrunklineError(
    'config_invalid',
    `the sample has no ${path.slice(0, -1).join('.')} to set ${path.at(-1)} in`,
  );
}
