import type { ClientDefinition, OperationDefinition } from '../contract/index.ts';
import { type SeenRequest, startApiWorld } from './api-world.ts';
import type { Reply } from './replies.ts';

export interface SdkCase<Credentials, Input> {
  readonly operation: OperationDefinition<Credentials, Input, unknown>;
  readonly input: Input;
  readonly credentials: Credentials;
  readonly reply: Reply;
  /** Sends the same with the provider's own library to this URL. */
  readonly sdk: (url: string) => Promise<unknown>;
}

/** What the provider's library and our client send to one server: method, path, credentials and body of either. */
export async function requestsOfBoth<Credentials, Operations, Input>(
  client: ClientDefinition<Credentials, Operations>,
  { operation, input, credentials, reply, sdk }: SdkCase<Credentials, Input>,
): Promise<{ readonly ours: unknown; readonly theirs: unknown }> {
  const world = await startApiWorld(client);
  try {
    world.reply = reply;
    // The operation fits the input, which is all that its type would say.
    await world.run({
      operation: operation as OperationDefinition<Credentials, never, unknown>,
      input: input as never,
      credentials,
    });
    await sdk(world.url);
    const [ours, theirs] = world.requests;
    return { ours: compared(ours), theirs: compared(theirs) };
  } finally {
    await world.close();
  }
}

function compared(request: SeenRequest | undefined): unknown {
  const { authorization } = request?.headers ?? {};
  // Fields of a form have no order.
  const body =
    typeof request?.body === 'string' ? Object.fromEntries(new URLSearchParams(request.body)) : request?.body;
  return { method: request?.method, path: request?.path, authorization, body };
}
