/**
 * The users and certificates of a secured broker, over its own protocol: there is no listener without a login, Kafka's
 * tool for users takes passwords as arguments, which every process of the machine can read, and the client library does
 * not know these requests. https://kafka.apache.org/protocol (flexible versions)
 */
import { pbkdf2Sync, randomBytes } from 'node:crypto';

import { TrunklineError } from '@trunkline/core';

/** Sends one request and gives its answer, both with their size in front. */
export type Exchange = (request: Buffer) => Promise<Buffer>;

const alterConfigsKey = { key: 44, version: 1 };
const describeUsersKey = { key: 50, version: 0 };
const alterUsersKey = { key: 51, version: 0 };
const brokerResource = 4;
const scramSha512 = 2;
/** As Kafka's own tool does; more of it protects passwords that people choose, and these are random. */
const iterations = 4_096;
const saltBytes = 20;
const digestBytes = 64;

/** The names of the users that this broker knows by now: what is written needs a moment to reach it. */
export async function listUsers(exchange: Exchange): Promise<readonly string[]> {
  // No list of names: all of them.
  const answer = readerOf(await exchange(requestOf(describeUsersKey, Buffer.from([0]))));
  answer.skip(4); // throttle time
  const code = answer.int16();
  const message = answer.text();
  if (code !== 0) throw refused('listing the users of Kafka', message);
  return Array.from({ length: answer.length() }, () => {
    const name = answer.text();
    answer.skip(2); // error code
    answer.text(); // error message
    for (let left = answer.length(); left > 0; left -= 1) answer.skip(1 + 4 + 1); // mechanism, iterations, tags
    answer.skip(1); // tags
    return name;
  });
}

/** Gives users these passwords, whether they were there or not. */
export async function putUsers(exchange: Exchange, passwords: Readonly<Record<string, string>>): Promise<void> {
  const users = Object.entries(passwords).map(([name, password]) => {
    const salt = randomBytes(saltBytes);
    const salted = pbkdf2Sync(password, salt, iterations, digestBytes, 'sha512');
    const numbers = Buffer.alloc(5);
    numbers.writeInt8(scramSha512, 0);
    numbers.writeInt32BE(iterations, 1);
    return Buffer.concat([sized(Buffer.from(name, 'utf8')), numbers, sized(salt), sized(salted), noTags]);
  });
  const nobodyDeleted = unsigned(1);
  const body = Buffer.concat([nobodyDeleted, unsigned(users.length + 1), ...users]);
  const answer = readerOf(await exchange(requestOf(alterUsersKey, body)));
  answer.skip(4); // throttle time
  for (let left = answer.length(); left > 0; left -= 1) {
    const name = answer.text();
    const code = answer.int16();
    const message = answer.text();
    answer.skip(1); // tags
    if (code !== 0) throw refused(`making the user ${name} of Kafka`, message);
  }
}

/** Sets dynamic settings of a broker. One that names a file has it read again, whether its name is new or not. */
export async function setBrokerSettings(
  exchange: Exchange,
  { broker, settings }: { readonly broker: number; readonly settings: Readonly<Record<string, string>> },
): Promise<void> {
  const set = Buffer.from([0]);
  const entries = Object.entries(settings).map(([name, value]) =>
    Buffer.concat([sized(Buffer.from(name)), set, sized(Buffer.from(value)), noTags]),
  );
  const resource = [Buffer.from([brokerResource]), sized(Buffer.from(String(broker)))];
  const forReal = Buffer.from([0]);
  const body = [unsigned(2), ...resource, unsigned(entries.length + 1), ...entries, noTags, forReal];
  const answer = readerOf(await exchange(requestOf(alterConfigsKey, Buffer.concat(body))));
  answer.skip(4); // throttle time
  answer.length();
  const code = answer.int16();
  const message = answer.text();
  if (code !== 0) throw refused('changing the settings of a broker', message);
}

function refused(what: string, message: string): TrunklineError {
  return new TrunklineError('dependency_unavailable', `${what} failed: ${message}`);
}

const noTags = Buffer.from([0]);

/** Correlation id 1, no client id. */
function requestOf({ key, version }: { readonly key: number; readonly version: number }, body: Buffer): Buffer {
  const head = Buffer.alloc(4 + 2 + 2 + 4 + 2);
  head.writeInt16BE(key, 4);
  head.writeInt16BE(version, 6);
  head.writeInt32BE(1, 8);
  head.writeInt16BE(-1, 12);
  const request = Buffer.concat([head, noTags, body, noTags]);
  request.writeInt32BE(request.length - 4, 0);
  return request;
}

/** Lengths of the flexible versions count one more, so that 0 says that there is nothing at all. */
function sized(bytes: Buffer): Buffer {
  return Buffer.concat([unsigned(bytes.length + 1), bytes]);
}

function unsigned(value: number): Buffer {
  const bytes: number[] = [];
  for (let left = value; ; left >>>= 7) {
    if (left < 0x80) return Buffer.from([...bytes, left]);
    bytes.push((left & 0x7f) | 0x80);
  }
}

interface Reader {
  skip(bytes: number): void;
  int16(): number;
  length(): number;
  /** Empty where there is none. */
  text(): string;
}

function readerOf(answer: Buffer): Reader {
  let at = 4 + 4 + 1; // size, correlation id, tags
  const length = (): number => {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = answer.readUInt8(at);
      at += 1;
      value |= (byte & 0x7f) << shift;
      if (byte < 0x80) return Math.max(0, value - 1);
    }
  };
  return {
    skip: (bytes) => {
      at += bytes;
    },
    int16: () => {
      at += 2;
      return answer.readInt16BE(at - 2);
    },
    length,
    text: () => {
      const size = length();
      at += size;
      return answer.toString('utf8', at - size, at);
    },
  };
}
