/** What one alert is: its rule, its page, and two histories that show what it fires at and what it leaves alone. */
export interface Alert {
  /** PromQL over the table of metrics; it fires for each series of the answer. */
  readonly expression: string;
  /** How long the expression has to hold: `2m`. */
  readonly holds: string;
  /** page: a promise is at risk, now. ticket: somebody should look within days. info: to be seen beside others. */
  readonly severity: 'page' | 'ticket' | 'info';
  /** One sentence; `{{ $labels.group }}` is the label of the series that fires. */
  readonly summary: string;
  /** The page in docs/runbooks, with the heading where there are several. */
  readonly runbook: `${string}.md` | `${string}.md#${string}`;
  readonly fires: History;
  readonly silent: History;
}

/** Series as promtool writes them, a value a minute, and the moment at which the rule is asked. */
export interface History {
  readonly series: Readonly<Record<string, string>>;
  readonly at: string;
}
