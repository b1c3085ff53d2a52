import avsc, { type Type } from 'avsc';

/**
 * How schemas become avsc types. Four things differ from avsc's defaults, each because its default would hurt:
 * arrays are bounded, strings are well formed, whole numbers are exact or refused, and a logical type must be one whose form
 * in memory was decided.
 *
 * The first three override what avsc calls internally (`_read`, `_skip`, `_write` on its cursor); avsc is pinned to one
 * version, and avro-types.test.ts fails if the overrides are no longer called.
 */

/** avsc's cursor over bytes. Reading past the end gives zeros and is noticed once, at the end of the value. */
interface Tap {
  readonly buf: Buffer;
  pos: number;
  readLong(): number;
  writeLong(value: number): void;
  writeString(text: string): void;
}

interface ReadsTap {
  _read(tap: Tap): unknown;
  _skip(tap: Tap): void;
}

/**
 * avsc believes the count in front of an array: five hostile bytes make it loop two billion times. Here a block may
 * not promise more items than there are bytes left (every item type Trunkline allows takes at least one).
 */
class BoundedArrayType extends avsc.types.ArrayType {
  _read(tap: Tap): unknown[] {
    const items: unknown[] = [];
    // In a resolver `this` is the resolver, whose itemsType reads the writer's items as the reader's.
    // Every avsc type and resolver reads from a tap; avsc's declarations leave its internals out.
    const itemsType = this.itemsType as unknown as ReadsTap;
    for (let count = tap.readLong(); count !== 0; count = tap.readLong()) {
      if (count < 0) {
        tap.readLong(); // the block's size in bytes, which only a skip needs
        count = -count;
      }
      refuseBeyond(tap, count);
      for (let read = 0; read < count; read += 1) items.push(itemsType._read(tap));
    }
    return items;
  }

  _skip(tap: Tap): void {
    // As above.
    const itemsType = this.itemsType as unknown as ReadsTap;
    for (let count = tap.readLong(); count !== 0; count = tap.readLong()) {
      if (count < 0) {
        // A negative size would walk backwards for ever.
        const size = tap.readLong();
        refuseBeyond(tap, size);
        tap.pos += size;
        continue;
      }
      refuseBeyond(tap, count);
      for (let skipped = 0; skipped < count; skipped += 1) itemsType._skip(tap);
    }
  }
}

function refuseBeyond(tap: Tap, count: number): void {
  // The negation also refuses NaN, which an endless varint reads as.
  if (!(count >= 0 && count <= tap.buf.length - tap.pos))
    throw new RangeError('an array is longer than the bytes that are left');
}

/** avsc writes a lone surrogate of a short string as bytes that are not UTF-8; other languages then refuse the record. */
class WellFormedStringType extends avsc.types.StringType {
  _write(tap: Tap, text: unknown): void {
    if (typeof text !== 'string') throw new TypeError('not a string');
    if (!writesPlainly(tap, text)) tap.writeString(text.isWellFormed() ? text : text.toWellFormed());
  }
}

/** The longest text whose length, as Avro writes it, is one byte. */
const longestShortText = 63;

/**
 * Writes a short text of ASCII, as nearly all are, in one go over it; anything else is left as if untouched. avsc goes
 * over it twice, and whether it is well formed is a third time.
 */
function writesPlainly(tap: Tap, text: string): boolean {
  const { buf, pos } = tap;
  const { length } = text;
  if (length > longestShortText || pos + 1 + length > buf.length) return false;
  for (let index = 0; index < length; index += 1) {
    const unit = text.charCodeAt(index);
    if (unit > 0x7f) return false;
    buf[pos + 1 + index] = unit;
  }
  buf[pos] = 2 * length;
  tap.pos = pos + 1 + length;
  return true;
}

/** A greater one is rounded on its way through avsc's arithmetic. */
export const greatestLong: number = Number.MAX_SAFE_INTEGER - 1;
/** Avro writes n < 0 as -2n - 1, which must itself be exact: 2^53 - 1 for this one. */
export const smallestLong: number = -(2 ** 52);

/** Below -2^52 avsc writes another number, and reads a positive one, without an error. */
class ExactLongType extends avsc.types.LongType {
  _check(value: unknown, _flags: unknown, hook?: (value: unknown, type: Type) => void): boolean {
    const exact = isExactLong(value);
    if (!exact) hook?.(value, this);
    return exact;
  }

  _read(tap: Tap): number {
    // The lowest bit of the first byte is the sign, and rounding cannot have changed it there.
    const isNegative = ((tap.buf[tap.pos] ?? 0) & 1) === 1;
    const value = tap.readLong();
    if (!isExactLong(value) || (isNegative && value >= 0))
      throw new RangeError('a long is beyond what a number holds exactly');
    return value;
  }

  _write(tap: Tap, value: unknown): void {
    if (!isExactLong(value)) throw new RangeError('not an exact whole number');
    tap.writeLong(value);
  }
}

function isExactLong(value: unknown): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= smallestLong && value <= greatestLong;
}

/** avsc reads an int of any size. */
class ExactIntType extends avsc.types.IntType {
  _read(tap: Tap): number {
    const value = tap.readLong();
    if (value !== (value | 0)) throw new RangeError('an int has more than 32 bits');
    return value;
  }
}

const stringType = new WellFormedStringType();
const intType = new ExactIntType();
const longType = new ExactLongType();

interface SchemaNode {
  readonly type?: unknown;
  readonly logicalType?: unknown;
}

/** The type to write and read a topic with. Throws at a logical type that has no decided form in memory. */
export function ownType(schemaText: string): Type {
  return typeOf(schemaText, (node) => {
    // An instant is epoch milliseconds in memory too, so a timestamp is the long it is written as.
    if (node.logicalType !== undefined && !(node.logicalType === 'timestamp-millis' && node.type === 'long')) {
      throw new RangeError(
        `the logical type ${JSON.stringify(node.logicalType)} has no form in memory; see avro-types.ts`,
      );
    }
  });
}

/** The type another release wrote with: its unknown logical types are skipped or read as what lies under them. */
export function writerType(schemaText: string): Type {
  return typeOf(schemaText, () => undefined);
}

function typeOf(schemaText: string, check: (node: SchemaNode) => void): Type {
  const schema: unknown = JSON.parse(schemaText);
  // avsc declares its input as a closed union; it checks the value itself and throws at what is no schema.
  return avsc.Type.forSchema(schema as Parameters<typeof avsc.Type.forSchema>[0], {
    omitRecordMethods: true,
    wrapUnions: 'never',
    // Also called for a primitive that is written as its name alone, as { type: <name> }.
    typeHook: (node: unknown, options: unknown): Type | undefined => {
      if (typeof node !== 'object' || node === null || Array.isArray(node)) return undefined;
      // Any object has optional properties.
      const described = node as SchemaNode;
      check(described);
      if (described.type === 'string') return stringType;
      if (described.type === 'long') return longType;
      if (described.type === 'int') return intType;
      if (described.type !== 'array') return undefined;
      // The node is avsc's own input, found to be an array schema.
      return new BoundedArrayType(node as ConstructorParameters<typeof BoundedArrayType>[0], options);
    },
  });
}
