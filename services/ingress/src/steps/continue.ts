import type { IncomingMessage, ServerResponse } from 'node:http';

/** Requests whose body was asked for. */
const asked = new WeakSet<IncomingMessage>();

/** Whether the sender waits for a word before it sends its body (RFC 9110 §10.1.1), and has not had it. */
export function isBodyWithheld(request: IncomingMessage): boolean {
  const expected = request.headers.expect?.toLowerCase() === '100-continue' && request.httpVersion === '1.1';
  return expected && !asked.has(request);
}

/** Asks for a body that is withheld. What is refused before is never sent, which is what the sender waits for. */
export function askForBody(request: IncomingMessage, response: ServerResponse): void {
  if (!isBodyWithheld(request)) return;
  asked.add(request);
  response.writeContinue();
}
