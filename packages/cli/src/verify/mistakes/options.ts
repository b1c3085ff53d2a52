import { z } from 'zod';

import type { Attempt, Mistake, RefusedCase } from './mistake.ts';

/** The source describes the sender's scheme wrongly: another algorithm, encoding or prefix. */
export const options: Mistake = {
  name: 'options',
  action: 'change `options` of the source',
  steps: ['signature_mismatch', 'unsupported_version'],
  *attempts(refused): Iterable<Attempt> {
    const changes = changesOf(refused);
    for (const change of changes) yield* attemptOf(refused, [change]);
    for (const [index, first] of changes.entries()) {
      for (const second of changes.slice(index + 1)) {
        if (first.name !== second.name) yield* attemptOf(refused, [first, second]);
      }
    }
  },
};

interface Change {
  readonly name: string;
  readonly value: string;
}

/** Every other choice of an option that has choices, and the prefixes that the header itself suggests. */
function changesOf({ source, request, coverage }: RefusedCase): readonly Change[] {
  const current = source.settings.options;
  if (!isRecord(current)) return [];
  const members = membersOf(source.provider.options, current);
  const choices = Object.entries(members).flatMap(([name, member]) =>
    (member.enum ?? []).flatMap((value) =>
      typeof value === 'string' && value !== current[name] ? [{ name, value }] : [],
    ),
  );
  if (members['prefix'] === undefined) return choices;
  const header = request.headers.find(([name]) => name.toLowerCase() === coverage.credentialHeaders[0]?.toLowerCase());
  const given = /^[A-Za-z0-9]{1,16}=(?=.{16})/.exec(header?.[1] ?? '')?.[0] ?? '';
  return [...choices, ...(given === current['prefix'] ? [] : [{ name: 'prefix', value: given }])];
}

type Node = z.core.JSONSchema.JSONSchema;

/** The members of the kind of options that the source has. */
function membersOf(schema: z.ZodType, current: Readonly<Record<string, unknown>>): Readonly<Record<string, Node>> {
  const whole = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' });
  const kinds = (whole.oneOf ?? whole.anyOf ?? [whole]).filter((kind) => typeof kind === 'object');
  const fitting = kinds.find((kind) =>
    Object.entries(kind.properties ?? {}).every(
      ([name, member]) => typeof member !== 'object' || member.const === undefined || member.const === current[name],
    ),
  );
  const members = Object.entries(fitting?.properties ?? {});
  return Object.fromEntries(members.flatMap(([name, member]) => (typeof member === 'object' ? [[name, member]] : [])));
}

function* attemptOf({ source }: RefusedCase, changes: readonly Change[]): Iterable<Attempt> {
  const { settings, provider } = source;
  const changed = Object.fromEntries(changes.map(({ name, value }) => [name, value]));
  const parsed = provider.options.safeParse({ ...(isRecord(settings.options) ? settings.options : {}), ...changed });
  // A choice that does not go with the others is none.
  if (!parsed.success) return;
  const words = changes.map(({ name, value }) => `${name}: ${JSON.stringify(value)}`).join(' and ');
  yield {
    would: `the options of the source had ${words}`,
    source: { provider, settings: { ...settings, options: parsed.data } },
  };
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}
