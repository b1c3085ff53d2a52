/** As much of kafkajs's Encoder as it looks at: the bytes under two names, and their number. */
export interface EncodedRequest {
  readonly buf: Buffer;
  readonly buffer: Buffer;
  size(): number;
}

/** What kafkajs sends: the number and version of the request, and how its body is written. */
export interface RequestDefinition {
  readonly apiKey: number;
  readonly apiVersion: number;
  readonly apiName: string;
  readonly expectResponse: () => boolean;
  readonly encode: () => Promise<EncodedRequest>;
}

export function encodedAs(bytes: Buffer): EncodedRequest {
  return { buf: bytes, buffer: bytes, size: () => bytes.length };
}

/**
 * A request with its head, as it goes to the socket, its body copied once: kafkajs copies it through two encoders that
 * double and zero their buffers as they grow.
 */
export async function createRequest({
  correlationId,
  clientId,
  request,
}: {
  readonly correlationId: number;
  readonly clientId: string | null;
  readonly request: Pick<RequestDefinition, 'apiKey' | 'apiVersion'> & {
    encode(): Promise<Pick<EncodedRequest, 'buffer'>>;
  };
}): Promise<EncodedRequest> {
  const body = (await request.encode()).buffer;
  const size = 2 + 2 + 4 + stringSize(clientId) + body.length;
  const bytes = Buffer.allocUnsafe(4 + size);
  let at = bytes.writeInt32BE(size, 0);
  at = bytes.writeInt16BE(request.apiKey, at);
  at = bytes.writeInt16BE(request.apiVersion, at);
  at = bytes.writeInt32BE(correlationId, at);
  at = writeString(bytes, at, clientId);
  body.copy(bytes, at);
  return encodedAs(bytes);
}

/** Bytes of Kafka's NULLABLE_STRING. */
export function stringSize(text: string | null | undefined): number {
  return 2 + (text === null || text === undefined ? 0 : Buffer.byteLength(text));
}

export function writeString(bytes: Buffer, at: number, text: string | null | undefined): number {
  if (text === null || text === undefined) return bytes.writeInt16BE(-1, at);
  const size = Buffer.byteLength(text);
  bytes.writeInt16BE(size, at);
  return at + 2 + bytes.write(text, at + 2, size, 'utf8');
}
