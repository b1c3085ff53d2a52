import { json, type RenderFormat } from './format.ts';

/** Of every message in this format. */
export const standardHeaders = { 'content-type': 'application/json' } as const;

/** The message as it is. */
export const standard: RenderFormat = (message) => ({ headers: standardHeaders, body: json(message) });
