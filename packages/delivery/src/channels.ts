/** What the transactions of this schema tell those who listen (`pg_notify`). A notice that is lost costs a moment: who listens looks by itself, too. */
export const channels = {
  /** Tasks were made; the payload is ids of endpoints, or whole shards, joined by commas. */
  tasks: 'delivery_tasks',
  /** Tasks of an endpoint were taken away; the payload is its uuid. */
  taken: 'delivery_taken',
  /** An endpoint was made or changed; the payload is its uuid. */
  routes: 'delivery_routes',
} as const;
