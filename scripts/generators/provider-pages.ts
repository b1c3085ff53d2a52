import {
  accountSentence,
  commonSettings,
  factsOf,
  mappedNames,
  passedOnSentence,
  type ProviderFacts,
  proofSentence,
  snippetOf,
  variableOf,
} from '@trunkline/cli';
import { providers } from '@trunkline/providers';

import type { Generator } from './generator.ts';
import { banner, code, page, table, text } from './markdown.ts';

/** A page for each provider, and the list of them. Every sentence is one of its definition, or follows from it. */
export const providerPages: Generator = {
  name: 'provider-pages',
  folder: 'docs/providers',
  files: () => {
    const listed = [...providers].sort((left, right) => (left.title < right.title ? -1 : 1));
    const pages = listed.map((provider): [string, string] => [
      `docs/providers/${provider.name}.md`,
      pageOf(factsOf(provider)),
    ]);
    const rows = listed.map((provider) => ({ facts: factsOf(provider), mapped: mappedNames(provider).length }));
    return new Map([['docs/providers/README.md', listOf(rows)], ...pages]);
  },
};

function listOf(rows: readonly { readonly facts: ProviderFacts; readonly mapped: number }[]): string {
  return page(
    banner('packages/providers/src'),
    '# Providers',
    `What each of the ${rows.length} providers needs, what becomes of its events, and what it does when Trunkline is away.`,
    table(
      ['Provider', 'Domains', 'How a request is proven', 'Types mapped', 'Types passed on', 'Fixtures'],
      rows.map(({ facts, mapped }) => [
        `[${facts.title}](${facts.name}.md)`,
        facts.domains.join(', '),
        facts.scheme,
        String(mapped),
        facts.passedOn.length === 0 ? 'any' : String(facts.passedOn.length),
        String(facts.fixtures.length),
      ]),
    ),
    'An event without a canonical type is published as `integration.event.received`, with the body as it came.',
    'A provider that is not here can post to [a generic source](generic.md); `trunkline providers new <name>` starts one of its own.',
  );
}

function pageOf(facts: ProviderFacts): string {
  return page(
    banner(`packages/providers/src/${facts.name}`),
    `# ${facts.title}`,
    `${facts.domains.join(', ')} · [documentation of ${facts.title}](${facts.docsUrl}) · [all providers](README.md)`,
    '## Set it up',
    setUp(facts),
    '## Options',
    options(facts),
    commonSettings,
    '## Events',
    events(facts),
    '### Passed on',
    `These arrive as \`integration.event.received\`, with the provider's name of the type and the body as it came: ${passedOnSentence(facts, code)}`,
    'So does a message of a mapped type that lacks what its record cannot be without, or that says a mapped fact again.',
    '## How a request is proven',
    `${facts.scheme}. ${facts.sampleOptions === undefined ? 'The proof is' : 'With the options of the sample, the proof is'} ${proofSentence(facts.proof)}.`,
    ...notProven(facts),
    '## Delivery contract',
    delivery(facts),
    '## Pitfalls',
    facts.pitfalls.map((pitfall) => `- ${text(pitfall)}`).join('\n'),
    '## Fixtures',
    facts.fixtures.length === 0
      ? 'None.'
      : `Each is signed and posted by \`trunkline send ${facts.name} <fixture>\`: ${facts.fixtures.map(code).join(', ')}.`,
  );
}

function notProven({ notProven: sentences }: ProviderFacts): readonly string[] {
  return sentences.length === 0 ? [] : ['Not proven:', sentences.map((each) => `- ${text(each)}`).join('\n')];
}

function setUp(facts: ProviderFacts): string {
  const { name, methods, secret } = facts;
  const steps = [
    `Have webhooks sent (${methods.join(' or ')}) to \`https://<your host>/hooks/src_${name}\`.`,
    `${secret.label}: ${text(sentence(secret.whereToFind))} Put it into the environment or the secrets file as \`${variableOf(name)}\`.`,
    `Account: ${text(accountSentence(facts))}`,
    `Add the source to \`trunkline.yaml\` (under a tenant that the file has) and let \`trunkline config check\` read it:\n\n   \`\`\`yaml\n${snippetOf(facts).replaceAll(/^/gm, '   ')}\n   \`\`\``,
    `When a webhook is refused: \`trunkline verify ${name} <captured request> --source src_${name}\` says which step refused it and tries the usual mistakes.`,
  ];
  return steps.map((step, index) => `${index + 1}. ${step}`).join('\n');
}

function options(facts: ProviderFacts): string {
  if (facts.options.length === 0) return 'None.';
  const hasKinds = facts.options.some(({ when }) => when !== undefined);
  return table(
    ['Option', ...(hasKinds ? ['With'] : []), 'Type', 'Default', 'What'],
    facts.options.map((row) => [
      code(row.name),
      ...(hasKinds ? [row.when === undefined ? '' : code(row.when)] : []),
      row.type,
      row.required ? 'required' : row.default === undefined ? '' : code(row.default),
      row.what,
    ]),
  );
}

function events({ events: mapped }: ProviderFacts): string {
  return table(
    ['Their event', 'Trunkline publishes'],
    mapped.map(({ type, from }) => [
      from.map((name) => (name === '*' ? 'everything else' : code(name))).join(', '),
      code(type),
    ]),
  );
}

function delivery({ delivery: contract }: ProviderFacts): string {
  return table(
    ['', ''],
    [
      ['Answer wanted within', contract.answerWithin],
      [
        'Trunkline waits for Kafka',
        `${contract.acceptDeadlineMs / 1000} s, then it answers ${contract.unavailableStatus}.`,
      ],
      ['Repeats', contract.schedule],
      ['Switched off by itself', contract.autoDisable],
      ['What an outage loses', contract.outage],
      ['Dedupe by', contract.dedupeBy],
    ],
  );
}

function sentence(words: string): string {
  return /[.!?]$/.test(words) ? words : `${words}.`;
}
