import { createSocket, type RemoteInfo } from 'node:dgram';
import { once } from 'node:events';
import { isIP } from 'node:net';

/** A name server on loopback, whose answers a test decides for each question. */
export interface DnsServer {
  /** As `createNameResolver` takes it. */
  readonly server: string;
  /** Questions so far, of both families. */
  questions(): number;
  close(): Promise<void>;
}

/** The addresses of a name, or undefined for a name that does not exist; `silent` never answers. */
export type Zone = (name: string) => readonly string[] | 'silent' | undefined;

const typeA = 1;
const typeAaaa = 28;

/** RFC 1035 §4, as much of it as one question and its addresses need. */
export async function startDnsServer(zone: Zone, ttlS = 0): Promise<DnsServer> {
  const socket = createSocket('udp4');
  let questions = 0;
  socket.on('message', (query: Buffer, from: RemoteInfo) => {
    questions += 1;
    const { name, type, end } = questionOf(query);
    const found = zone(name);
    if (found === 'silent') return;
    const records = (found ?? []).filter((address) => isIP(address) === (type === typeA ? 4 : 6));
    const head = Buffer.from(query.subarray(0, end));
    // An answer, recursion available, and NXDOMAIN if the name is not there.
    head.writeUInt16BE(found === undefined ? 0x81_83 : 0x81_80, 2);
    head.writeUInt16BE(records.length, 6);
    head.writeUInt32BE(0, 8);
    socket.send(Buffer.concat([head, ...records.map((address) => record(address, ttlS))]), from.port, from.address);
  });
  await once(socket.bind(0, '127.0.0.1'), 'listening');
  return {
    server: `127.0.0.1:${socket.address().port}`,
    questions: () => questions,
    close: async () => {
      const closed = once(socket, 'close');
      socket.close();
      await closed;
    },
  };
}

function questionOf(query: Buffer): { name: string; type: number; end: number } {
  const labels: string[] = [];
  let at = 12;
  for (let length = query.readUInt8(at); length > 0; length = query.readUInt8(at)) {
    labels.push(query.toString('ascii', at + 1, at + 1 + length));
    at += 1 + length;
  }
  return { name: labels.join('.').toLowerCase(), type: query.readUInt16BE(at + 1), end: at + 5 };
}

/** Its name is a pointer to the question's. */
function record(address: string, ttlS: number): Buffer {
  const bytes = isIP(address) === 4 ? Buffer.from(address.split('.').map(Number)) : v6Bytes(address);
  const head = Buffer.alloc(12);
  head.writeUInt16BE(0xc0_0c, 0);
  head.writeUInt16BE(bytes.length === 4 ? typeA : typeAaaa, 2);
  head.writeUInt16BE(1, 4);
  head.writeUInt32BE(ttlS, 6);
  head.writeUInt16BE(bytes.length, 10);
  return Buffer.concat([head, bytes]);
}

function v6Bytes(address: string): Buffer {
  const [head = '', tail] = new URL(`http://[${address}]`).hostname.slice(1, -1).split('::');
  const groups = (text: string): string =>
    text === ''
      ? ''
      : text
          .split(':')
          .map((group) => group.padStart(4, '0'))
          .join('');
  const before = groups(head);
  const after = groups(tail ?? '');
  return Buffer.from(before + '0'.repeat(32 - before.length - after.length) + after, 'hex');
}
