import type { Panel } from '../observability/dashboard.ts';
import { dashboards } from '../observability/dashboards.ts';
import type { Generator } from './generator.ts';

const folder = 'helm/trunkline/files/dashboards';

/** One file a dashboard: https://grafana.com/docs/grafana/latest/dashboards/build-dashboards/view-dashboard-json-model/ */
export const grafanaDashboards: Generator = {
  name: 'grafana-dashboards',
  folder,
  files: () =>
    new Map(
      Object.entries(dashboards).map(([name, { title, panels }]) => [
        `${folder}/${name}.json`,
        `${JSON.stringify(modelOf(name, title, panels), undefined, 2)}\n`,
      ]),
    ),
};

/** Of the version whose fields these are; a newer Grafana migrates it. */
const schemaVersion = 39;
/** Whoever looks chooses the Prometheus. */
const datasource = { type: 'prometheus', uid: '${datasource}' };
/** Of a grid that is 24 wide. */
const panelWidth = 12;
const panelHeight = 8;

function modelOf(name: string, title: string, panels: readonly Panel[]): object {
  return {
    uid: `trunkline-${name}`,
    title,
    description:
      'Generated from scripts/observability by npm run generate. Do not edit: changes are lost with the next release.',
    tags: ['trunkline'],
    schemaVersion,
    editable: false,
    refresh: '30s',
    time: { from: 'now-3h', to: 'now' },
    links: [{ title: 'Trunkline', type: 'dashboards', tags: ['trunkline'], asDropdown: true, keepTime: true }],
    templating: {
      list: [{ name: 'datasource', label: 'Prometheus', type: 'datasource', query: 'prometheus' }],
    },
    panels: panels.map(panelOf),
  };
}

function panelOf({ question, hint, unit, shows = 'lines', queries }: Panel, index: number): object {
  return {
    id: index + 1,
    type: shows === 'now' ? 'stat' : 'timeseries',
    title: question,
    ...(hint === undefined ? {} : { description: hint }),
    datasource,
    gridPos: {
      x: (index % 2) * panelWidth,
      y: Math.floor(index / 2) * panelHeight,
      w: panelWidth,
      h: panelHeight,
    },
    fieldConfig: { defaults: { unit, min: 0 }, overrides: [] },
    options:
      shows === 'now'
        ? { textMode: 'value_and_name', reduceOptions: { calcs: ['lastNotNull'], fields: '', values: false } }
        : { legend: { displayMode: 'list', placement: 'bottom' }, tooltip: { mode: 'multi', sort: 'desc' } },
    targets: queries.map(({ expression, legend }, place) => ({
      refId: String.fromCodePoint('A'.charCodeAt(0) + place),
      expr: expression,
      legendFormat: legend,
      datasource,
    })),
  };
}
