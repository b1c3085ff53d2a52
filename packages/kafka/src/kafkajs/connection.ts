import { connect as connectTcp, isIP, type OnReadOpts, type Socket } from 'node:net';
import { type ConnectionOptions, connect as connectTls } from 'node:tls';

import { createTlsContext, type TlsContext, type TlsFiles } from '@trunkline/core';
import type { ISocketFactoryArgs, Kafka, LogEntry, RetryOptions, SASLOptions } from 'kafkajs';

import { AnswerReader, SpareBytes } from './answer-bytes.ts';
import { kafkajs, patchOutcome } from './library.ts';

export type LogLevel = 'debug' | 'info' | 'warn' | 'error';
export type KafkaLog = (level: LogLevel, message: string, fields: Readonly<Record<string, unknown>>) => void;

export interface KafkaConnectionOptions {
  /** `host:port` of brokers to begin with. */
  readonly brokers: readonly string[];
  readonly clientId: string;
  /** Put before topic and group names on the wire only, so that several runs share a broker. */
  readonly namespace?: string;
  readonly log: KafkaLog;
  /** A plain connection when absent. */
  readonly security?: KafkaSecurity | undefined;
}

/** What every connection to a broker is secured with, whatever it is for. */
export interface KafkaSecurity {
  /** Read again at each connection. */
  readonly tls: TlsFiles | undefined;
  readonly sasl: KafkaLogin | undefined;
}

export interface KafkaLogin {
  /** As the brokers know the user. */
  readonly mechanism: 'scram-sha-512' | 'plain';
  readonly username: string;
  readonly password: string;
}

/** Where the brokers are and how names look there. Holds no socket itself: every role opens its own client. */
export interface KafkaConnection {
  readonly namespace: string;
  readonly log: KafkaLog;
  /** The name of a topic or group on the wire. */
  onWire(name: string): string;
  /** The logical name of a topic or group on the wire. */
  logical(wireName: string): string;
  /** For this package only. */
  open(options: ClientOptions): KafkaClient;
}

export interface ClientOptions {
  readonly requestTimeoutMs: number;
  readonly retry: RetryOptions;
  /** Sees every log line of kafkajs before it is passed on: some of its events are visible nowhere else. */
  readonly onLog?: (message: string, fields: Readonly<Record<string, unknown>>) => void;
}

export interface KafkaClient {
  readonly kafka: Kafka;
  /** Cuts every socket: all requests that still wait are rejected. The only way out of a connection to a frozen broker. */
  destroySockets(): void;
}

/** kafkajs gives a broker 1 s to accept a connection, which a loaded one does not always keep. */
const connectTimeoutMs = 10_000;
const keepAliveMs = 60_000;

/** Describes the connection to the brokers. */
export function createKafkaConnection(options: KafkaConnectionOptions): KafkaConnection {
  const { namespace = '', log, security } = options;
  const tls =
    security?.tls === undefined
      ? undefined
      : createTlsContext(security.tls, (reason) =>
          log('warn', 'new certificates are not used yet, the last good ones are', { reason }),
        );
  if (patchOutcome !== 'installed') {
    log('warn', 'the kafkajs patches are not in force: another release, or loaded by somebody before', {
      patchOutcome,
    });
  }
  let opened = 0;
  return {
    namespace,
    log,
    onWire: (name) => namespace + name,
    logical: (wireName) => (wireName.startsWith(namespace) ? wireName.slice(namespace.length) : wireName),
    open: (clientOptions) => {
      const brokers = rotated(options.brokers, opened);
      opened += 1;
      return openClient({ ...options, brokers, tls }, clientOptions);
    },
  };
}

/** kafkajs begins with the first broker of the list, and a frozen one is not passed over: so each client has another first. */
function rotated(brokers: readonly string[], by: number): readonly string[] {
  const first = by % brokers.length;
  return [...brokers.slice(first), ...brokers.slice(0, first)];
}

/**
 * A kafkajs client of its own for one producer, consumer or admin. They must not share one: consumers of one group
 * that come from the same client share a map of committed offsets.
 */
function openClient(
  options: KafkaConnectionOptions & { readonly tls: TlsContext | undefined },
  { requestTimeoutMs, retry, onLog }: ClientOptions,
): KafkaClient {
  const sockets = new Set<Socket>();
  const spareBytes = new SpareBytes();
  const sasl = options.security?.sasl;
  const kafka = new kafkajs.Kafka({
    brokers: [...options.brokers],
    clientId: options.clientId,
    connectionTimeout: connectTimeoutMs,
    requestTimeout: requestTimeoutMs,
    retry,
    ...(sasl === undefined ? {} : { sasl: saslOptions(sasl) }),
    logLevel: kafkajs.logLevel.INFO,
    logCreator: () => (entry) => {
      const { message, timestamp: _timestamp, logger: _logger, ...fields } = entry.log;
      onLog?.(message, fields);
      options.log(levelOf(entry), entry.namespace === '' ? message : `${entry.namespace}: ${message}`, fields);
    },
    socketFactory: (args) => {
      const socket = openSocket(args, options.tls, spareBytes);
      sockets.add(socket);
      socket.once('close', () => sockets.delete(socket));
      return socket;
    },
  });
  return {
    kafka,
    destroySockets: () => {
      for (const socket of sockets) socket.destroy(new Error('the connection was given up'));
    },
  };
}

/** Of each client its own: kafkajs writes into it. */
function saslOptions({ mechanism, username, password }: KafkaLogin): SASLOptions {
  return mechanism === 'plain' ? { mechanism, username, password } : { mechanism, username, password };
}

/**
 * As kafkajs opens them itself; here, so that they can be cut, secured with the files as they are now, and emit whole
 * answers as their data.
 */
function openSocket(
  { host, port, onConnect }: ISocketFactoryArgs,
  tls: TlsContext | undefined,
  spareBytes: SpareBytes,
): Socket {
  const answers = new AnswerReader(spareBytes, (answer) => socket.emit('data', answer));
  const onread: OnReadOpts = {
    buffer: () => answers.next(),
    callback: (count) => {
      try {
        answers.take(count);
      } catch (error) {
        // Whoever answers like this is no broker; kafkajs connects anew.
        socket.destroy(error instanceof Error ? error : undefined);
      }
      return true;
    },
  };
  const socket = tls === undefined ? connectTcp({ host, port, onread }, onConnect) : openTlsSocket(tls);
  socket.setKeepAlive(true, keepAliveMs);
  // Without nodelay a small produce request may wait 40 ms for the delayed acknowledgement of the one before it.
  socket.setNoDelay(true);
  return socket;

  function openTlsSocket(context: TlsContext): Socket {
    // A name that is an address is not sent; the certificate is held to it all the same.
    const servername = isIP(host) === 0 ? { servername: host } : {};
    // The types do not know it here: https://nodejs.org/api/tls.html#tlsconnectoptions-callback
    const options: ConnectionOptions & { readonly onread: OnReadOpts } = {
      host,
      port,
      ...servername,
      secureContext: context.current(),
      onread,
    };
    return connectTls(options, onConnect);
  }
}

/**
 * kafkajs reports every pause and join at INFO, and at ERROR every attempt to connect, several a second while a broker
 * is away: commentary. What matters of it is told once, by the events of publisher and pump.
 */
function levelOf({ level, namespace }: LogEntry): LogLevel {
  if (namespace === 'Connection' || namespace === 'BrokerPool') return 'debug';
  if (level === kafkajs.logLevel.ERROR) return 'error';
  return level === kafkajs.logLevel.WARN ? 'warn' : 'debug';
}
