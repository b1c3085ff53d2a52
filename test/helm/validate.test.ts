/** What Helm itself says of the chart, where `npm run helm` has built one: the renders, and values that do not go together. */
import { globSync, readFileSync } from 'node:fs';
import { parse } from 'node:path';

import { describe, expect, it } from 'vitest';

import { chartFolder, helmBinary, lint, renderFile, template, valueSets } from './helm.ts';
import { type Manifest, manifestsIn, ofKind } from './manifests.ts';

const problem = helmBinary.isThere() ? undefined : `${helmBinary.path} was not built: npm run helm`;

it('finds a Helm', (context) => {
  if (problem !== undefined) context.skip(`cannot run here: ${problem}`);

  expect(problem).toBeUndefined();
});

const describeWhereItCanRun = problem === undefined ? describe : () => undefined;

// A fifth of a second each; on a machine that is busy with everything else it was ten.
describeWhereItCanRun('Helm', { timeout: 120_000 }, () => {
  it.each(valueSets)('renders %s as it is checked in (npm run helm renews it)', (set) => {
    const { output, complaint } = template(set);

    expect(complaint).toBe('');
    expect(output === readFileSync(renderFile(set), 'utf8')).toBe(true);
  });

  it.each(valueSets)('has nothing against the chart with %s', (set) => {
    expect(lint(set)).toMatchObject({ succeeded: true });
  });

  it('puts every file of rules and of dashboards where Prometheus and Grafana look', () => {
    const on = { 'monitoring.rules.enabled': true, 'monitoring.dashboards.enabled': true };
    const { output, complaint } = template('production', on);
    const manifests = manifestsIn(output);
    const named = (pattern: string): readonly string[] => globSync(pattern, { cwd: chartFolder }).map(fileName);

    expect(complaint).toBe('');
    expect(namesOf(manifests, 'PrometheusRule')).toEqual(
      named('files/rules/*.yaml')
        .map((name) => `trunkline-${name}`)
        .toSorted(),
    );
    expect(namesOf(manifests, 'ConfigMap').filter((name) => name.includes('-dashboard-'))).toEqual(
      named('files/dashboards/*.json')
        .map((name) => `trunkline-dashboard-${name}`)
        .toSorted(),
    );
    const groups = ofKind(manifests, 'PrometheusRule').map(({ spec }) => spec['groups']);
    expect(groups.filter((group) => !Array.isArray(group))).toEqual([]);
  });

  it.each([
    ['no Secret', 'minimal', { 'secrets.existingSecret': '' }, 'secrets.existingSecret is empty'],
    ['no brokers', 'minimal', { 'kafka.brokers': [] }, 'kafka.brokers is empty'],
    ['no registry', 'minimal', { 'registry.url': '' }, 'registry.url is empty'],
    ['no sources', 'minimal', { 'sources.existingConfigMap': '' }, 'sources is empty'],
    ['two of them', 'minimal', { 'sources.content': { version: 1 } }, 'are both given'],
    [
      'passwords that travel as they are',
      'minimal',
      { 'kafka.sasl': 'plain', 'provision.kafkaUsername': 'admin' },
      'passwords would travel as they are',
    ],
    [
      'an authority for plain connections',
      'minimal',
      { 'kafka.ca.secret': 'kafka-ca' },
      'kafka.ca.secret is given while kafka.tls.enabled is false',
    ],
    ['nobody who may make topics', 'minimal', { 'kafka.sasl': 'scram-sha-512' }, 'provision.kafkaUsername is empty'],
    [
      'a server that nobody may reach',
      'minimal',
      { 'networkPolicy.egress.kafka.to': [] },
      'networkPolicy.egress.kafka.to is empty',
    ],
    ['a name for every host', 'minimal', { 'expose.ingress.enabled': true }, 'expose.ingress.host is empty'],
    [
      'a route through no Gateway',
      'workers',
      { 'expose.gateway.parentRefs': [] },
      'expose.gateway needs host and parentRefs',
    ],
    [
      'fewer than the fewest',
      'autoscaling',
      { 'services.crm.autoscaling.maxReplicas': 1 },
      'minReplicas 2 is above maxReplicas 1',
    ],
    [
      'more consumers than partitions',
      'autoscaling',
      { 'services.crm.autoscaling.maxReplicas': 13 },
      'above kafka.partitions 12',
    ],
    [
      'scaling by nothing',
      'minimal',
      { 'services.connections.autoscaling.enabled': true },
      'nothing says how many of it are needed',
    ],
    [
      'a share of nothing',
      'autoscaling',
      { 'defaults.resources.requests.cpu': null, 'services.ingress.resources.requests.cpu': null },
      'requests.cpu is missing',
    ],
    [
      'a second kind of login beside Strimzi',
      'strimzi',
      { 'kafka.sasl': 'plain' },
      'its users log in by scram-sha-512',
    ],
    [
      'rights that Strimzi takes away',
      'strimzi',
      { 'provision.acls': true },
      'Strimzi would take the rights away again',
    ],
    [
      'delays whose topics Strimzi does not make',
      'strimzi',
      { 'config.TRUNKLINE_RETRY_TIERS': '5s' },
      'those of the standard delays',
    ],
    [
      'delays of one service alone',
      'minimal',
      { 'services.crm.config.TRUNKLINE_RETRY_TIERS': '5s' },
      'set config.TRUNKLINE_RETRY_TIERS',
    ],
    [
      'two keys of one name',
      'minimal',
      {
        'secrets.vaultKeys': [
          { name: 'first', key: 'vault-key' },
          { name: 'first', key: 'vault-key-2' },
        ],
      },
      'secrets.vaultKeys has the name first twice',
    ],
    [
      'a way in to a service that is not there',
      'workers',
      { 'services.ingress.enabled': false },
      'services.ingress.enabled is false while expose leads webhooks to it',
    ],
    [
      'a way in that a policy shuts',
      'production',
      { 'networkPolicy.webhooksFrom': [] },
      'networkPolicy.webhooksFrom is empty',
    ],
    [
      'metrics that nobody may fetch',
      'minimal',
      { 'monitoring.serviceMonitors.enabled': true },
      'networkPolicy.metricsFrom is empty',
    ],
    ['no cluster of Strimzi', 'strimzi', { 'strimzi.cluster': '' }, 'strimzi.cluster is empty'],
    [
      'a value outside of the schema',
      'minimal',
      { 'services.ingress.replicas': 0 },
      "at '/services/ingress/replicas': minimum: got 0, want 1",
    ],
  ])('refuses %s', (...[, set, over, sentence]) => {
    const { succeeded, complaint } = template(set, over);

    expect(complaint).toContain(sentence);
    expect(succeeded).toBe(false);
  });
});

function fileName(path: string): string {
  return parse(path).name;
}

function namesOf(manifests: readonly Manifest[], kind: string): readonly string[] {
  return ofKind(manifests, kind)
    .map(({ metadata }) => metadata.name)
    .toSorted();
}
