import { isEndpointId } from '@trunkline/delivery';
import { apiLimits } from '@trunkline/http-api';
import { z } from 'zod';

/** Values that several documents have. */
export const endpointId = z
  .templateLiteral(['ep_', z.string().regex(/^[0-9a-f]{32}$/)])
  .refine(isEndpointId)
  .meta({ description: 'an endpoint: `ep_` and 32 hexadecimal digits' });

export const eventId = z
  .templateLiteral(['evt_', z.string().regex(/^[0-9a-f]{32}$/)])
  .meta({ description: 'an event: `evt_` and 32 hexadecimal digits' });

/** An instant as it is asked for, in milliseconds. */
export const instantGiven = z.iso
  .datetime({ offset: true })
  .transform((text) => Date.parse(text))
  .meta({ description: 'an instant, RFC 3339' });

/** Of cursors: microseconds since the epoch. */
export const microseconds = z.string().regex(/^\d{1,16}$/);
export const uuid = z.string().regex(/^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);

export const instant = z.string().meta({ format: 'date-time' });
export const instantOrNull = z.union([instant, z.null()]);

/** `null` stays null. */
export function timeOf(ms: number): string;
export function timeOf(ms: number | null): string | null;
export function timeOf(ms: number | null): string | null {
  return ms === null ? null : new Date(ms).toISOString();
}

/** What every list may be asked. */
export const paging = {
  limit: z.coerce.number().int().min(1).max(apiLimits.mostPageSize).default(apiLimits.pageSize).describe('at most'),
  cursor: z.string().max(1_024).optional().describe('`next` of the page before'),
};

export const next = z.string().nullable().describe('the `cursor` of the next page; null on the last one');
