/** How an event type ranks among those of its entity; docs/records.md, "Version". Append-only: a rank never changes. */
export interface TypeRank {
  /** Above 0 only where the provider documents no way back from the status. */
  readonly lead: number;
  /** Natural order inside one tick of the provider's clock. Of two digits; gaps are for types that come later. */
  readonly step: number;
}

/** One topic: what it carries and by which schema. */
export interface TopicEntry {
  readonly domain: string;
  readonly entity: string;
  readonly kind: 'domain' | 'integration' | 'ingress' | 'request';
  /** Path below schemas/. */
  readonly schema: string;
  /** The registry's name for the schema, without the namespace prefix of a shared registry. */
  readonly subject: string;
  /** True where the provider states no time that could order events: the time of receipt orders them then. */
  readonly untimed: boolean;
  /** Every event type of the topic, or what its requests ask for. Append-only. */
  readonly types: Readonly<Record<string, TypeRank>>;
}
