/** One page of Grafana: panels from left to right, two a row. */
export interface Dashboard {
  readonly title: string;
  readonly panels: readonly Panel[];
}

export interface Panel {
  /** What somebody asks who looks at it. */
  readonly question: string;
  /** How the answer is read, where that is not plain. */
  readonly hint?: string;
  /** Units of Grafana: https://grafana.com/docs/grafana/latest/panels-visualizations/configure-standard-options/ */
  readonly unit: 'short' | 's' | 'bytes' | 'percentunit' | 'reqps' | 'cps';
  /** `now`: the newest values in large. Lines over the time unless given. */
  readonly shows?: 'now' | 'lines';
  readonly queries: readonly Query[];
}

export interface Query {
  /** PromQL over the table of metrics; `$__rate_interval` is Grafana's. */
  readonly expression: string;
  /** Names a line: `{{group}}` is the label. */
  readonly legend: string;
}

const over = '[$__rate_interval]';

/** A second, of a counter. */
export function rate(metric: string, by: string): string {
  return `sum by (${by}) (rate(${metric}${over}))`;
}

/** Of a histogram. */
export function quantile(
  share: number,
  histogram: string,
  by: { readonly where: string; readonly label?: string },
): string {
  const labels = by.label === undefined ? 'le' : `le, ${by.label}`;
  return `histogram_quantile(${share}, sum by (${labels}) (rate(${histogram}_bucket{${by.where}}${over})))`;
}
