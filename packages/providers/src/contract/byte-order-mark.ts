/** EF BB BF, which some senders (.NET among them) put before a text of UTF-8. It is no part of the text (RFC 8259 §8.1). */
const mark = [0xef, 0xbb, 0xbf] as const;

/**
 * The bytes behind one leading mark: for readers only. What was signed, what is archived and what is passed on keep it.
 */
export function withoutByteOrderMark(bytes: Uint8Array): Uint8Array {
  return mark.every((byte, index) => bytes[index] === byte) ? bytes.subarray(mark.length) : bytes;
}
