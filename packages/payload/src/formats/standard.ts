import { json, type RenderFormat } from './format.ts';

/** The message as it is. */
export const standard: RenderFormat = (message) => ({
  headers: { 'content-type': 'application/json' },
  body: json(message),
});
