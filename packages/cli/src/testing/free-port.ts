import { startHttpServer } from '@trunkline/operations/testing';

/** A port on which nobody listens (any more). */
export async function freePort(): Promise<number> {
  const { url, stop } = await startHttpServer((_request, response) => response.end());
  await stop();
  return Number(new URL(url).port);
}
