import { type KafkaSecurity, kafkaUserOf } from '@trunkline/kafka';

/** A Kafka that lets in nobody without a login: the authority of its certificates, and the passwords of its users. */
export interface KafkaUsers {
  readonly caFile: string;
  readonly passwords: Readonly<Record<string, string>>;
}

/** Who may do everything there: makes topics, and says what the others may. */
const administrator = 'admin';

/** Undefined where nobody is asked for a login. */
export function administratorOf(users: KafkaUsers | undefined): KafkaSecurity | undefined {
  return users === undefined ? undefined : kafkaLoginOf(users, administrator);
}

/** As one of the users; one that is not there is refused by the brokers. */
export function kafkaLoginOf({ caFile, passwords }: KafkaUsers, username: string): KafkaSecurity {
  return {
    tls: { caFile, certFile: undefined, keyFile: undefined },
    sasl: { mechanism: 'scram-sha-512', username, password: passwords[username] ?? '' },
  };
}

/** What a service is told, to come as its own user; the command line is `operator`. Nothing where it has none. */
export function kafkaLoginEnvironment(
  users: KafkaUsers | undefined,
  service: string,
): Readonly<Record<string, string>> {
  const username = kafkaUserOf(service);
  const password = users?.passwords[username];
  if (users === undefined || password === undefined) return {};
  return {
    TRUNKLINE_KAFKA_TLS: 'on',
    TRUNKLINE_KAFKA_CA_FILE: users.caFile,
    TRUNKLINE_KAFKA_SASL_MECHANISM: 'scram-sha-512',
    TRUNKLINE_KAFKA_USERNAME: username,
    TRUNKLINE_KAFKA_PASSWORD: password,
  };
}
