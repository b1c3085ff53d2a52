import type { WebhookMessage } from '../message.ts';

/** What is posted: the same for every attempt, since it is a function of the message alone. */
export interface RenderedBody {
  /** The content type, and what the format says in headers. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

export type RenderFormat = (message: WebhookMessage) => RenderedBody;

export function json(value: unknown): Buffer {
  return Buffer.from(JSON.stringify(value));
}
