import type { Alert, History } from '../observability/alert.ts';
import { alertGroups, alerts } from '../observability/alerts.ts';
import type { Generator } from './generator.ts';
import { anchorOf, banner, code, page, table } from './markdown.ts';
import { type YamlValue, yamlOf } from './yaml.ts';

const rulesFile = 'helm/trunkline/files/rules/trunkline.yaml';
/** Every rule is asked at each step of each history, so those of a day take long steps. */
const testFiles = [
  { file: 'test/observability/hours.generated.yaml', step: '15m', isLong: true },
  { file: 'test/observability/minutes.generated.yaml', step: '1m', isLong: false },
] as const;
const ownFolder = 'docs/runbooks/';

/** The rules of Prometheus, what promtool tests them with, and the page that leads from an alert to its runbook. */
export const alertRules: Generator = {
  name: 'alert-rules',
  files: () =>
    new Map([
      [rulesFile, yaml('scripts/observability', rules())],
      ...testFiles.map(({ file, step, isLong }): [string, string] => [
        file,
        yaml('scripts/observability', tests(step, isLong)),
      ]),
      [`${ownFolder}README.md`, index()],
    ]),
};

function yaml(source: string, value: YamlValue): string {
  return `# Generated from ${source} by npm run generate. Do not edit.\n${yamlOf(value)}`;
}

/** https://prometheus.io/docs/prometheus/latest/configuration/alerting_rules/ */
function rules(): YamlValue {
  return {
    groups: Object.entries(alertGroups).map(([name, group]) => ({
      name,
      rules: Object.entries(group).map(([alert, { expression, holds, severity, summary, runbook }]) => ({
        alert,
        expr: expression,
        ...(holds === '0m' ? {} : { for: holds }),
        labels: { severity },
        annotations: { summary, runbook_url: `${ownFolder}${runbook}` },
      })),
    })),
  };
}

/**
 * Of each alert that it fires, once, and that it does not: https://prometheus.io/docs/prometheus/latest/configuration/unit_testing_rules/
 */
function tests(step: string, isLong: boolean): YamlValue {
  return {
    rule_files: [`../../${rulesFile}`],
    evaluation_interval: step,
    tests: [...alerts]
      .filter(([, { fires }]) => minutesOf(fires.at) > shortMinutes === isLong)
      .flatMap(([name, alert]) => [
        testOf(`${name} fires`, name, { history: alert.fires, firing: 1 }),
        testOf(`${name} is silent`, name, { history: alert.silent, firing: 0 }),
      ]),
  };
}

const shortMinutes = 120;

/** `1h30m`. */
function minutesOf(time: string): number {
  const [, hours = '0', minutes = '0'] = /^(?:(\d+)h)?(?:(\d+)m)?$/.exec(time) ?? [];
  return Number(hours) * 60 + Number(minutes);
}

function testOf(
  name: string,
  alert: string,
  { history, firing }: { readonly history: History; readonly firing: 0 | 1 },
): YamlValue {
  return {
    name,
    interval: '1m',
    input_series: Object.entries(history.series).map(([series, values]) => ({ series, values })),
    promql_expr_test: [
      {
        expr: `count(ALERTS{alertname="${alert}",alertstate="firing"}) or vector(0)`,
        eval_time: history.at,
        exp_samples: [{ labels: '{}', value: firing }],
      },
    ],
  };
}

function index(): string {
  return page(
    banner('scripts/observability'),
    '# Runbooks',
    'Where an alert leads. The rules are [one file](../../helm/trunkline/files/rules/trunkline.yaml); how they get into a Prometheus: [observe](../how-to/observe.md). ' +
      '**page**: a promise is at risk, now. **ticket**: somebody should look within days. **info**: to be seen beside others.',
    table(
      ['alert', 'severity', 'after', 'says', 'runbook'],
      [...alerts].map(([name, alert]) => [
        code(name),
        alert.severity,
        alert.holds === '0m' ? 'at once' : alert.holds,
        alert.summary.replaceAll(/\{\{ \$labels\.(\w+) \}\}/g, '<$1>').replaceAll(/\{\{ \$value[^}]*\}\}/g, '<value>'),
        linkOf(alert),
      ]),
    ),
  );
}

function linkOf({ runbook }: Alert): string {
  const [file = '', heading] = runbook.split('#');
  const words = file.replace(/\.md$/, '').replaceAll('-', ' ');
  return heading === undefined ? `[${words}](${file})` : `[${words}](${file}#${anchorOf(heading)})`;
}
