import { json, type RenderFormat } from './format.ts';

/** Which event it is and what it is about, without what it says: for receivers that look it up, or must not be told it. */
export const thin: RenderFormat = ({ type, timestamp, trunkline }) => ({
  headers: { 'content-type': 'application/json' },
  // Members that are undefined are not written.
  body: json({ type, timestamp, data: {}, trunkline: { ...trunkline, about: undefined } }),
});
