/** The Confluent-compatible schema registry, as far as the codec needs it. packages/kafka implements it. */
export interface SchemaRegistry {
  /**
   * The id under which exactly this schema is registered for the subject.
   * Throws `config_invalid` (with the command that registers it) when it is not, `dependency_unavailable` when the
   * registry cannot be asked.
   */
  idOf(subject: string, schema: string): Promise<number>;
  /** The schema text of an id. Throws `schema_unknown` (the registry answers 404) or `dependency_unavailable`. */
  schemaOf(id: number): Promise<string>;
}

/** A record ready for Kafka: every byte is decided. */
export interface EncodedRecord {
  /** Logical topic name, without the namespace prefix of a shared broker. */
  readonly topic: string;
  readonly key: Buffer;
  readonly value: Buffer;
  readonly headers: Readonly<Record<string, string>>;
}
