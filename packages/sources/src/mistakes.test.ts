import { providers } from '@trunkline/providers';
import { describe, expect, it } from 'vitest';

import { renderProblems } from './problem.ts';
import { entry, fileText, problemsOf, told } from './testing/temporary-sources.ts';

/** The first line of what `more` adds to the one source of fileText. */
const moreLine = 10;

describe('a mistake in a source', () => {
  it.for([
    {
      name: 'an unknown setting',
      more: 'secret: x',
      is: `${moreLine}:5 sources[0].secret: there is no setting "secret" here; did you mean "secrets"?`,
    },
    {
      name: 'a setting like no other',
      more: 'colour: red',
      is: `${moreLine}:5 sources[0].colour: there is no setting "colour" here; there is: id, tenant, provider,`,
    },
    {
      name: 'a setting that objects are born with',
      more: 'constructor: x',
      is: `${moreLine}:5 sources[0].constructor: there is no setting "constructor" here; there is: id,`,
    },
    {
      name: 'an unknown state',
      more: 'state: retierd',
      is: `${moreLine}:12 sources[0].state: must be one of enabled, disabled, retired; did you mean "retired"?`,
    },
    {
      name: 'a number as text',
      more: 'acceptDeadlineMs: "500"',
      is: `${moreLine}:23 sources[0].acceptDeadlineMs: must be a number, not text; How long`,
    },
    {
      name: 'a deadline that is too short',
      more: 'acceptDeadlineMs: 99',
      is: `${moreLine}:23 sources[0].acceptDeadlineMs: must be at least 100; How long`,
    },
    {
      name: 'a body limit above 8 MiB',
      more: 'bodyLimitBytes: 8388609',
      is: `${moreLine}:21 sources[0].bodyLimitBytes: must be at most 8388608; The largest body`,
    },
    {
      name: 'a body limit above 8 MiB as text',
      more: 'bodyLimitBytes: 9MiB',
      is: `${moreLine}:21 sources[0].bodyLimitBytes: must be at most 8388608; The largest body`,
    },
    {
      name: 'a body limit in unknown units',
      more: 'bodyLimitBytes: 1MB',
      is: `${moreLine}:21 sources[0].bodyLimitBytes: is not in the right form; The largest body`,
    },
    {
      name: 'half a rate',
      more: 'rate: { requests: 1 }',
      is: `${moreLine}:11 sources[0].rate.per: is missing; add it: The period`,
    },
    {
      name: 'a rate of nothing',
      more: 'rate: { requests: 0, per: 1s }',
      is: `${moreLine}:23 sources[0].rate.requests: must be at least 1; How many requests`,
    },
    {
      name: 'a burst of nothing',
      more: 'rate: { requests: 1, per: 1s, burst: 0 }',
      is: `${moreLine}:42 sources[0].rate.burst: must be at least 1; How many may come at once`,
    },
    {
      name: 'a rate per nothing',
      more: 'rate: { requests: 1, per: 0s }',
      is: `${moreLine}:31 sources[0].rate.per: is not in the right form; The period`,
    },
    {
      name: 'a rate per an unknown unit',
      more: 'rate: { requests: 1, per: 1 minute }',
      is: `${moreLine}:31 sources[0].rate.per: is not in the right form; The period`,
    },
    {
      name: 'a rate as text',
      more: 'rate: 100/m',
      is: `${moreLine}:11 sources[0].rate: must be a mapping (lines of key: value), not text; A limit`,
    },
    {
      name: 'an address that is none',
      more: 'allowAddresses: [203.0.113.256]',
      is: `${moreLine}:22 sources[0].allowAddresses[0]: is neither an address nor a network; An address or a network, such as`,
    },
    {
      name: 'a prefix longer than its address',
      more: 'allowAddresses: [2001:db8::/32, 203.0.113.0/33]',
      is: `${moreLine}:37 sources[0].allowAddresses[1]: is neither an address nor a network; An address`,
    },
    {
      name: 'a name in the place of an address',
      more: 'allowAddresses: [hooks.example.com]',
      is: `${moreLine}:22 sources[0].allowAddresses[0]: is neither an address nor a network; An address`,
    },
    {
      name: 'a list that allows everyone',
      more: 'allowAddresses: [0.0.0.0/0]',
      is: `${moreLine}:22 sources[0].allowAddresses[0]: is every address, which is what a source without a list takes; An`,
    },
    {
      name: 'a list that allows nobody',
      more: 'allowAddresses: []',
      is: `${moreLine}:21 sources[0].allowAddresses: must have at least 1 in the list; Who may post`,
    },
    {
      name: 'a lonely address',
      more: 'allowAddresses: 203.0.113.7',
      is: `${moreLine}:21 sources[0].allowAddresses: must be a list ([…], or lines that begin with -), not text; Who may`,
    },
    {
      name: 'a base URL with a query',
      more: 'publicBaseUrl: https://a.example/?b',
      is: `${moreLine}:20 sources[0].publicBaseUrl: is not a base URL; The address`,
    },
    {
      name: 'a base URL with a user',
      more: 'publicBaseUrl: https://a@a.example',
      is: `${moreLine}:20 sources[0].publicBaseUrl: is not a base URL; The address`,
    },
    {
      name: 'a base URL with a password',
      more: 'publicBaseUrl: https://a:b@a.example',
      is: `${moreLine}:20 sources[0].publicBaseUrl: is not a base URL; The address`,
    },
    {
      name: 'a base URL of another scheme',
      more: 'publicBaseUrl: ftp://a.example',
      is: `${moreLine}:20 sources[0].publicBaseUrl: is not a base URL; The address`,
    },
    {
      name: 'an unknown option',
      more: 'options: { mode: [live] }',
      is: `${moreLine}:16 sources[0].options.mode: there is no setting "mode" here; did you mean "modes"?`,
    },
    {
      name: 'a wrong option',
      more: 'options: { modes: [live, tset] }',
      is: `${moreLine}:30 sources[0].options.modes[1]: must be one of live, test; did you mean "test"?`,
    },
    {
      name: 'an option without a value',
      more: 'options:\n  modes:',
      is: `${moreLine + 1}:7 sources[0].options.modes: has no value; The modes`,
    },
    {
      name: 'a setting twice',
      more: 'account: acct_1',
      is: `${moreLine}:5 : this setting occurs twice in the same place; keep one of the two`,
    },
  ])('is told with its place, its kind and its fix: $name', async ({ more, is }) => {
    const problems = await problemsOf(fileText({ more }));

    expect(told(problems)).toEqual([expect.stringContaining(is)]);
    expect(told(problems)[0]?.startsWith(is)).toBe(true);
  });

  it.for([
    {
      name: 'an unknown provider',
      parts: { provider: 'strpe' },
      is: 'provider: there is no provider "strpe"; did you mean "stripe"?',
    },
    {
      name: 'a provider like no other',
      parts: { provider: 'acme' },
      is: `provider: there is no provider "acme"; there is: ${providers
        .slice(0, 10)
        .map(({ name }) => name)
        .join(', ')}, `,
    },
    {
      name: 'no provider',
      parts: { provider: '' },
      is: `provider: is missing; add it: Who posts here: ${providers.map(({ name }) => name).join(', ')}.`,
    },
    {
      name: 'no account where the provider needs one',
      parts: { account: '' },
      is: 'account: is missing; add it: The account whose webhooks come here, such as acct_1A2b3C4d5E6f7G8h (Stripe Dashboard',
    },
    {
      name: 'an account in another form',
      parts: { account: 'cus_1' },
      is: 'account: is not in the right form; The account whose webhooks come here, such as acct_',
    },
    {
      name: 'an id without its prefix',
      parts: { id: 'stripe' },
      is: 'id: is not in the right form; The id of the source',
    },
    { name: 'an id with a capital', parts: { id: 'src_A' }, is: 'id: is not in the right form; The id of the source' },
    {
      name: 'an id of more than 64 characters',
      parts: { id: `src_${'a'.repeat(61)}` },
      is: 'id: must have at most 64 characters; The id of the source',
    },
    {
      name: 'an id that another source has',
      parts: { id: 'src_a' },
      is: 'id: sources[0] has the id "src_a", too; give one of the two another id',
    },
    {
      name: 'a tenant that is not there',
      parts: { tenant: 'tnt_aa' },
      is: 'tenant: there is no tenant "tnt_aa" under tenants; did you mean "tnt_a"?',
    },
    {
      name: 'an account that another source has',
      parts: { account: 'acct_1' },
      is: 'account: src_a and src_b are the same account of one tenant',
    },
    {
      name: 'an account that a disabled source has, too',
      parts: { account: 'acct_1', state: 'disabled' },
      is: 'account: src_a and src_b are the same account of one tenant',
    },
    { name: 'no secret', parts: { secrets: '[]' }, is: 'secrets: must have at least 1 in the list; A list with' },
    {
      name: 'a lonely secret',
      parts: { secrets: 'env:STRIPE_SECRET' },
      is: 'secrets: must be a list ([…], or lines that begin with -), not text; A list with',
    },
    {
      name: 'a ninth secret',
      parts: { secrets: `[${Array.from({ length: 9 }, () => 'env:A').join(', ')}]` },
      is: 'secrets: must have at most 8 in the list; A list with',
    },
    {
      name: 'a secret that is no reference',
      parts: { secrets: '[5]' },
      is: 'secrets[0]: is not of the right kind; env:NAME, file:path, or',
    },
    {
      name: 'a secret without a reference',
      parts: { secrets: '[{ notAfter: 2026-01-01T00:00:00Z }]' },
      is: 'secrets[0].from: is missing; add it: env:NAME',
    },
    {
      name: 'an end without a zone',
      parts: { secrets: '[{ from: env:A, notAfter: 2026-01-01T00:00:00 }]' },
      is: 'secrets[0].notAfter: is not in the right form; The old secret',
    },
    {
      name: 'an unknown scheme',
      parts: { provider: 'generic', account: '', options: '{ scheme: hmca }' },
      is: 'options.scheme: must be one of hmac, timestamped, token, bearer, basic; did you mean "hmac"?',
    },
    {
      name: 'a wrong option of the scheme',
      parts: { provider: 'generic', account: '', options: '{ scheme: token, header: x, algorithm: sha1 }' },
      is: 'options.algorithm: there is no setting "algorithm" here; there is: scheme, header, event',
    },
    {
      name: 'no options where they are needed',
      parts: { provider: 'generic', account: '' },
      is: 'options: is missing; add it: Options of Generic webhook.',
    },
    {
      name: 'options that do not go together',
      parts: {
        provider: 'generic',
        account: '',
        options: '{ scheme: hmac, header: x, template: "{timestamp}.{body}" }',
      },
      is: 'options.template: it has {timestamp}, so set timestamp.header',
    },
  ])('is told with its fix: $name', async ({ parts, is }) => {
    const problems = await problemsOf(fileText({ after: entry({ id: 'src_b', ...parts }) }));

    expect(told(problems)).toHaveLength(1);
    expect(told(problems)[0]).toContain(`${moreLine}:`);
    expect(told(problems)[0]).toContain(`sources[1].${is}`);
  });

  it('is none where two tenants have the same account', async () => {
    const text = fileText({ after: entry({ id: 'src_b', tenant: 'tnt_b', account: 'acct_1' }) });

    expect(await problemsOf(text.replace('tenants:', 'tenants:\n  - { id: tnt_b, name: B }'))).toEqual([]);
  });
});

describe('a mistake of the file', () => {
  it.for([
    ['nothing at all', '', '1:1 : the file is empty; begin as'],
    ['comments only', '# later\n', '1:1 : the file is empty; begin as'],
    ['a text', 'hello', '1:1 : must be a mapping (lines of key: value), not text; A Trunkline installation'],
    ['another version', fileText().replace('version: 1', 'version: 2'), '1:10 version: must be 1; '],
    ['no version', fileText().replace('version: 1\n', ''), '1:1 version: is missing; add it: The version'],
    [
      'no tenant',
      fileText().replace('{ id: tnt_a, name: A }', '{ id: tnt_a }'),
      '3:5 tenants[0].name: is missing; add it: What people',
    ],
    [
      'a source with the name of our own events',
      fileText().replace('id: src_a', 'id: src_trunkline'),
      "5:9 sources[0].id: is the source of Trunkline's own events; ",
    ],
    [
      'a tenant twice',
      fileText().replace('tenants:', 'tenants:\n  - { id: tnt_a, name: B }'),
      '4:11 tenants[1].id: tenants[0] has the id "tnt_a", too',
    ],
    [
      'a wrong name',
      `${fileText()}tenents: []\n`,
      '10:1 tenents: there is no setting "tenents" here; did you mean "tenants"?',
    ],
  ] as const)('is told with its place and its fix: %s', async ([, text, is]) => {
    const problems = await problemsOf(text);

    expect(told(problems)).toHaveLength(1);
    expect(told(problems)[0]).toContain(is);
  });

  it('hides no other: one pass finds all of them, in the order of the file', async () => {
    const text = fileText({
      more: 'state: on\nstate: off\noptions: { modes: [] }',
      after: `${entry({ id: 'src_b', provider: 'strpe', tenant: 'tnt_b', colour: 'red', account: 'x' })}${entry({ id: 'src_b' })}`,
    });

    const problems = await problemsOf(`${text}more: 1\n`.replace('version: 1', 'version: one'));

    expect(problems.map(({ line, path }) => `${line} ${path}`)).toEqual([
      '1 version',
      '10 sources[0].state',
      '11 ',
      '12 sources[0].options.modes',
      '13 sources[1].tenant',
      '13 sources[1].provider',
      '13 sources[1].colour',
      '14 sources[2].id',
      '15 more',
    ]);
  });

  it('does not repeat a secret that was written into it', async () => {
    const secret = 'whsec_0123456789';
    const texts = [
      fileText().replace('[env:A]', `[${secret}]`),
      fileText().replace('[env:A]', secret),
      fileText().replace('[env:A]', `[{ from: ${secret}, notAfter: ${secret} }]`),
      fileText().replace('[env:A]', `[env:A] ${secret}`),
      fileText().replace('[env:A]', `[env:A, "${secret}`),
      fileText().replace('[env:A]', `[*${secret}, !${secret} x]`),
      fileText({ more: `options: { modes: [${secret}] }\nstate: ${secret}\naccount: ${secret}` }),
    ];

    for (const text of texts) {
      const problems = await problemsOf(text);

      expect(problems).not.toEqual([]);
      expect(JSON.stringify(problems)).not.toContain(secret);
    }
  });
});

describe('rendered problems', () => {
  it('are one line each, with a place that a terminal can link', async () => {
    const problems = await problemsOf(fileText({ after: entry({ id: 'src_b', provider: 'strpe', 'a"\\nb': '1' }) }));

    expect(renderProblems('trunkline.yaml', problems).split('\n')).toEqual([
      'trunkline.yaml:10:32 sources[1].provider: there is no provider "strpe"; did you mean "stripe"?',
      expect.stringContaining('there is no setting'),
      '',
    ]);
  });

  it('quote a name of the file on one line and only its beginning', async () => {
    const problems = await problemsOf(`${fileText()}"a\\nb\\e[31m${'x'.repeat(500)}": 1\n`);
    const rendered = renderProblems('f', problems);

    expect(rendered.split('\n')).toHaveLength(2);
    expect(rendered).toContain('"a\\nb\\u001b[31m');
    expect(rendered.length).toBeLessThan(400);
  });
});
