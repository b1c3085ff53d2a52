import { formatAge } from '@trunkline/operations/units';

import type { Style } from '../render/style.ts';
import { renderPairs, renderTable } from '../render/table.ts';
import type { ProviderFacts } from './facts.ts';
import { accountSentence, passedOnSentence, proofSentence } from './sentences.ts';
import { commonSettings, snippetOf } from './snippet.ts';

/** One provider for a screen, in the order in which somebody who sets it up needs to know. */
export function renderFacts(facts: ProviderFacts, style: Style): string {
  const { delivery } = facts;
  const section = (title: string, text: string): string => `\n${style.strong(title)}\n${text}`;
  return [
    `${style.strong(facts.title)}  ${style.accent(facts.name)}  ${facts.docsUrl}`,
    renderPairs(
      [
        ['domains', facts.domains.join(', ')],
        ['methods', facts.methods.join(', ')],
        ['scheme', facts.scheme],
        ['proof', proofSentence(facts.proof)],
        ...facts.notProven.map((sentence): [string, string] => ['not proven', sentence]),
        [facts.secret.label, facts.secret.whereToFind],
        ['account', accountSentence(facts)],
        ['handshakes', facts.handshakes.length === 0 ? undefined : facts.handshakes.join(', ')],
      ],
      style,
    ),
    section('In trunkline.yaml', snippetOf(facts)),
    section('Options', `${renderOptions(facts, style)}\n${commonSettings.replaceAll('`', '')}`),
    section('Events', renderEvents(facts, style)),
    section('Passed on as integration.event', passedOnSentence(facts)),
    section(
      'Delivery contract',
      renderPairs(
        [
          ['answer within', delivery.answerWithin],
          ['Trunkline waits', `${formatAge(delivery.acceptDeadlineMs)} for Kafka, then ${delivery.unavailableStatus}`],
          ['retries', delivery.schedule],
          ['auto-disable', delivery.autoDisable],
          ['an outage', delivery.outage],
          ['dedupe by', delivery.dedupeBy],
        ],
        style,
      ),
    ),
    section('Pitfalls', facts.pitfalls.map((pitfall) => `• ${pitfall}`).join('\n')),
    section(`Fixtures (trunkline send ${facts.name} <fixture>)`, facts.fixtures.join('\n') || 'none'),
  ].join('\n');
}

function renderOptions({ options }: ProviderFacts, style: Style): string {
  if (options.length === 0) return 'none';
  return renderTable(
    [
      { title: 'OPTION', value: (row) => row.name },
      ...(options.some(({ when }) => when !== undefined)
        ? [{ title: 'WITH', value: (row: (typeof options)[number]) => row.when ?? '' }]
        : []),
      { title: 'TYPE', value: (row) => row.type, maxWidth: 40 },
      { title: 'DEFAULT', value: (row) => (row.required ? 'required' : (row.default ?? '')), maxWidth: 30 },
      { title: 'WHAT', value: (row) => row.what },
    ],
    options,
    style,
  );
}

function renderEvents({ events, title }: ProviderFacts, style: Style): string {
  return renderTable(
    [
      { title: 'TYPE', value: (row) => row.type },
      {
        title: `FROM ${title.toUpperCase()}`,
        value: (row) => row.from.map((from) => (from === '*' ? 'everything else' : from)).join(', '),
      },
    ],
    events,
    style,
  );
}
