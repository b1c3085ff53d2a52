import { cloudevents, cloudeventsBinary } from './cloudevents.ts';
import type { RenderFormat } from './format.ts';
import { standard } from './standard.ts';
import { thin } from './thin.ts';

/** What an endpoint may ask for. One more is a file and a line. */
export const formats = {
  standard,
  cloudevents,
  'cloudevents-binary': cloudeventsBinary,
  thin,
} as const satisfies Record<string, RenderFormat>;

export type Format = keyof typeof formats;

export const formatNames: readonly Format[] = Object.keys(formats).filter(isFormat);

export function isFormat(text: string): text is Format {
  return Object.hasOwn(formats, text);
}
