import { providerNamed, providers } from '@trunkline/providers';
import { listFixtures } from '@trunkline/providers/fixtures';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';

import { runCommandLine } from '../testing/run-command.ts';
import { optionRows } from './option-rows.ts';

describe('providers list', () => {
  it('has a line for every provider of the catalogue, with its fixtures counted', async () => {
    const { exitCode, stdout } = await runCommandLine(['providers', 'list', '--json']);

    const listed: readonly { name: string; fixtures: number; scheme: string }[] = JSON.parse(stdout).providers;
    expect(exitCode).toBe(0);
    expect(listed.map(({ name }) => name)).toEqual(providers.map(({ name }) => name).toSorted());
    expect(listed.map(({ name, fixtures }) => [name, fixtures])).toEqual(
      listed.map(({ name }) => [name, listFixtures(name).length]),
    );
  });

  it('counts the names that a provider maps once, and not what it passes on', async () => {
    const { stdout } = await runCommandLine(['providers', 'list', '--json']);

    const listed: readonly { name: string; mapped: number }[] = JSON.parse(stdout).providers;
    expect(listed.find(({ name }) => name === 'generic')?.mapped).toBe(0);
    // refund.created becomes two types and is one name.
    const mapped = providerNamed('stripe')?.eventTypes.filter(({ to }) => to !== 'integration.event.received') ?? [];
    const names = new Set(mapped.map(({ from }) => from));
    expect(names.size).toBeLessThan(mapped.length);
    expect(listed.find(({ name }) => name === 'stripe')?.mapped).toBe(names.size);
  });
});

describe('providers show', () => {
  it.for(providers.map(({ name }) => name))('says everything of %s', async (name) => {
    const definition = providers.find((provider) => provider.name === name);

    const { exitCode, stdout } = await runCommandLine(['providers', 'show', name]);

    const { title = '', retries, secrets } = definition ?? {};
    expect(exitCode).toBe(0);
    for (const text of [title, secrets?.whereToFind, ...Object.values(retries ?? {}), ...listFixtures(name)]) {
      expect(stdout).toContain(text);
    }
    for (const { to } of definition?.eventTypes ?? []) expect(stdout).toContain(to);
  });

  it('of an unknown provider names those there are', async () => {
    const { exitCode, stdout } = await runCommandLine(['providers', 'show', 'strype', '--json']);

    expect(exitCode).toBe(3);
    expect(JSON.parse(stdout).error.message).toContain('stripe');
  });
});

describe('the options of a provider', () => {
  it('are a row each, groups with their members, defaults as they would be written', () => {
    const rows = optionRows(
      z.strictObject({
        modes: z
          .array(z.enum(['live', 'test']))
          .default(['live'])
          .describe('Which.'),
        limit: z.int().min(1).max(9).optional(),
        group: z.strictObject({ flag: z.boolean() }),
      }),
    );

    expect(rows).toEqual([
      { name: 'modes', type: 'list of live or test', required: false, default: '["live"]', what: 'Which.' },
      { name: 'limit', type: 'number from 1 to 9', required: false, what: '' },
      { name: 'group', type: 'group', required: true, what: '' },
      { name: 'group.flag', type: 'true or false', required: true, what: '' },
    ]);
  });

  it('that come in kinds say with which kind they count', () => {
    const common = z.string().optional();
    const rows = optionRows(
      z.discriminatedUnion('kind', [
        z.strictObject({ kind: z.literal('a'), common, own: z.enum(['', ';']) }),
        z.strictObject({ kind: z.literal('b'), common }),
      ]),
    );

    expect(rows.map(({ name, when, type }) => [name, when, type])).toEqual([
      ['kind', undefined, 'a or b'],
      ['common', undefined, 'text'],
      ['own', 'kind: a', '"" or ";"'],
    ]);
  });
});
