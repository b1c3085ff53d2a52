/** What the consumer needs of a logger; packages/runtime's fits. */
export interface ConsumerLog {
  info(fields: Readonly<Record<string, unknown>>, message: string): void;
  warn(fields: Readonly<Record<string, unknown>>, message: string): void;
  error(fields: Readonly<Record<string, unknown>>, message: string): void;
}

/** What it needs of the product metrics; packages/runtime's fit. */
export interface ConsumerMetrics {
  count(
    name: 'webhooks_processed_total',
    labels: { readonly source: string; readonly event: string; readonly status: string },
  ): void;
  count(name: 'release_guard_trips_total', labels: { readonly group: string }): void;
  count(name: 'notices_suppressed_total', labels: { readonly reason: string }): void;
  seconds(
    name: 'webhook_processing_seconds',
    labels: { readonly source: string; readonly status: string },
    value: number,
  ): void;
}
