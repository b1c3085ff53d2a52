/** The reversed Castagnoli polynomial, RFC 3720 appendix B.4. */
const polynomial = 0x82f63b78;

/** A table of 256 entries for each of the eight bytes of a step, the last byte's first. */
const tables = makeTables();

/**
 * CRC-32C of `bytes` from `start` to their end, unsigned. Eight bytes a step ("slicing by 8", Kounavis and Berry,
 * 2005), where kafkajs takes one.
 */
export function crc32c(bytes: Uint8Array, start = 0): number {
  const end = bytes.length;
  let crc = -1;
  let at = start;
  for (const lastStep = end - 8; at <= lastStep; at += 8) {
    crc ^= byte(bytes, at) | (byte(bytes, at + 1) << 8) | (byte(bytes, at + 2) << 16) | (byte(bytes, at + 3) << 24);
    crc =
      entry(7, crc & 0xff) ^
      entry(6, (crc >>> 8) & 0xff) ^
      entry(5, (crc >>> 16) & 0xff) ^
      entry(4, crc >>> 24) ^
      entry(3, byte(bytes, at + 4)) ^
      entry(2, byte(bytes, at + 5)) ^
      entry(1, byte(bytes, at + 6)) ^
      entry(0, byte(bytes, at + 7));
  }
  for (; at < end; at += 1) crc = entry(0, (crc ^ byte(bytes, at)) & 0xff) ^ (crc >>> 8);
  return ~crc >>> 0;
}

/** Inside of the array by the bounds of the loops above; the compiler cannot know. */
function byte(bytes: Uint8Array, at: number): number {
  return bytes[at] ?? 0;
}

function entry(slice: number, index: number): number {
  return tables[slice * 256 + index] ?? 0;
}

function makeTables(): Int32Array {
  const made = new Int32Array(8 * 256);
  for (let index = 0; index < 256; index += 1) {
    let crc = index;
    for (let bit = 0; bit < 8; bit += 1) crc = (crc & 1) === 1 ? (crc >>> 1) ^ polynomial : crc >>> 1;
    made[index] = crc;
  }
  // What one zero byte more behind it makes of an entry.
  for (let index = 256; index < made.length; index += 1) {
    const before = made[index - 256] ?? 0;
    made[index] = (made[before & 0xff] ?? 0) ^ (before >>> 8);
  }
  return made;
}
