/** A real Prometheus scrapes a running installation: it takes the rules, and every panel and every rule has an answer. */
import { join } from 'node:path';

import { type ServiceProcess, startService, until } from '@trunkline/installation';
import { metricNames } from '@trunkline/runtime';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';

import { alerts } from '../../scripts/observability/alerts.ts';
import { dashboards } from '../../scripts/observability/dashboards.ts';
import { prometheusBinary, type PrometheusServer, startPrometheus } from '../prometheus/prometheus.ts';
import { refuseRow } from './refusing-row.ts';
import { paymentId } from './stripe.ts';
import { type E2eWorld, root, startWorld } from './world.ts';

const problem = prometheusBinary.isThere() ? undefined : `${prometheusBinary.path} was not built: npm run prometheus`;

it('finds a Prometheus', (context) => {
  if (problem !== undefined) context.skip(`cannot run here: ${problem}`);

  expect(problem).toBeUndefined();
});

const describeWhereItCanRun = problem === undefined ? describe : () => undefined;

/** Grafana chooses it by the width of the panel. */
const asked = (expression: string): string => expression.replaceAll('$__rate_interval', '1m');
const panels = Object.entries(dashboards).flatMap(([name, dashboard]) =>
  dashboard.panels.flatMap(({ question, queries }) =>
    queries.map(({ expression, legend }) => [`${name}: ${question} (${legend})`, asked(expression)] as const),
  ),
);

/** Beginnings of those that show something once a webhook was accepted, one is dead and one was refused. */
const shown = [
  'overview: Which releases run?',
  'overview: How many events are accepted?',
  'overview: How many requests are refused, and at which step?',
  'overview: How long does a sender wait for its 2xx?',
  'overview: What becomes of the events?',
  'overview: How long does the oldest event wait for each group?',
  'overview: Which dead letters wait for somebody?',
  'ingress: How much is in hand?',
  'ingress: Is the sources file in force? (problems)',
  'consumers: Which group stands still, and what for? ({{group}}: {{reason}})',
  'consumers: Are retries taken when they are due?',
  'consumers: How many retries and redrives wait?',
  'journal: How far is the index behind?',
  'processes: How late is the event loop?',
  'processes: Since when do they run?',
];

describeWhereItCanRun('a Prometheus that scrapes an installation', () => {
  let world: E2eWorld;
  let journal: ServiceProcess;
  let prometheus: PrometheusServer;
  beforeAll(async () => {
    world = await startWorld(inject('stack'));
    journal = await startService(world.installation, { name: 'journal' });
    await journal.ready();
    prometheus = await startPrometheus({
      targets: {
        ingress: world.ingress.operatorUrl,
        payments: world.payments.operatorUrl,
        journal: journal.operatorUrl,
      },
      ruleFiles: [join(root, 'helm/trunkline/files/rules/trunkline.yaml')],
    });
    await refuseRow(world, { entityId: paymentId('dead'), sqlState: '23514' });
    // A counter rises from its second value on.
    await until(
      'rates are known',
      async () => {
        await world.deliver({ fixture: 'payment_intent.succeeded', payment: 'fine' });
        await world.deliver({ fixture: 'payment_intent.succeeded', payment: 'dead' });
        await fetch(`${world.ingressUrl}/hooks/src_stripe`, { method: 'POST', body: '{}' });
        const rates = await Promise.all(
          [
            'sum(rate(webhooks_processed_total[1m])) > 0',
            'sum(rate(webhook_rejections_total[1m])) > 0',
            'max(dead_letters_open{group="payments"}) > 0',
          ].map((expression) => prometheus.query(expression)),
        );
        return rates.every((series) => series.length > 0);
      },
      { deadlineMs: 120_000, everyMs: 1_000 },
    );
  }, 240_000);
  afterAll(async () => {
    await prometheus?.stop();
    await journal?.stop();
    await world?.close();
  });

  it.each(panels)('answers %s', async (name, expression) => {
    const series = await prometheus.query(expression);

    const least = shown.some((question) => name.startsWith(question)) ? 1 : 0;
    expect(series.length).toBeGreaterThanOrEqual(least);
  });

  it.each([...alerts])('asks the rule of %s', async (_, { expression }) => {
    expect(Array.isArray(await prometheus.query(expression))).toBe(true);
  });

  it('has loaded every rule, and each of them is well', async () => {
    const answer = await (await fetch(`${prometheus.url}/api/v1/rules`)).json();

    // https://prometheus.io/docs/prometheus/latest/querying/api/#rules
    const { data } = answer as {
      readonly data: {
        readonly groups: readonly {
          readonly rules: readonly { readonly name: string; readonly lastError?: string }[];
        }[];
      };
    };
    const rules = data.groups.flatMap((group) => group.rules);
    expect(rules.map(({ name }) => name).toSorted()).toEqual([...alerts.keys()].toSorted());
    expect(rules.flatMap(({ lastError }) => lastError ?? [])).toEqual([]);
  });

  it('knows a dead letter that is open, and is about to say so', async () => {
    const open = await prometheus.query('max by (group) (dead_letters_open) > 0');
    const pending = await prometheus.query('ALERTS{alertname="DeadLettersOpen"}');

    expect(open).toMatchObject([{ metric: { group: 'payments' } }]);
    expect(pending).toMatchObject([{ metric: { group: 'payments', alertstate: 'pending', severity: 'ticket' } }]);
  });

  it('finds no metric of ours that the table does not have', async () => {
    const answer = await (await fetch(`${prometheus.url}/api/v1/label/__name__/values`)).json();

    const { data } = answer as { readonly data: readonly string[] }; // The form of the same page.
    const foreign =
      /^(?:up|ALERTS|ALERTS_FOR_STATE|target_info|scrape_\w+|(?:nodejs|v8js|http_client|db_client|messaging)_\w+)$/;
    const strangers = data.filter((name) => {
      const known = name.replace(/_(?:bucket|sum|count)$/, '');
      return !foreign.test(name) && !(name in metricNames) && !(known in metricNames);
    });
    expect(strangers).toEqual([]);
  });
});
