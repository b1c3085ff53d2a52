/** What the relay needs of a logger; packages/runtime's fits. */
export interface RelayLog {
  info(fields: Readonly<Record<string, unknown>>, message: string): void;
  warn(fields: Readonly<Record<string, unknown>>, message: string): void;
  error(fields: Readonly<Record<string, unknown>>, message: string): void;
}

/** What it needs of the product metrics; packages/runtime's fit. */
export interface RelayMetrics {
  count(name: 'outbox_published_total', labels: { readonly topic: string }, by: number): void;
  gauge(name: 'outbox_waiting' | 'outbox_oldest_seconds', read: () => number): void;
}
