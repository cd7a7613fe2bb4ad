/**
 * Declares a C struct of the kernel's ABI as a table of fields, checked when the module loads. A decoder built from it
 * refuses a body that is too short and never reads outside it. Byte order is the host's, little-endian on every machine
 * Node's release builds for FUSE support.
 */

/** One member: how it is read from and written to a view whose struct begins at `base`. */
export interface Field<T> {
  readonly offset: number;
  /** Bytes. */
  readonly size: number;
  get(view: DataView, base: number): T;
  set(view: DataView, base: number, value: T): void;
}

export const u16 = (offset: number): Field<number> => ({
  offset,
  size: 2,
  get: (view, base) => view.getUint16(base + offset, true),
  set: (view, base, value) => view.setUint16(base + offset, value, true),
});

export const u32 = (offset: number): Field<number> => ({
  offset,
  size: 4,
  get: (view, base) => view.getUint32(base + offset, true),
  set: (view, base, value) => view.setUint32(base + offset, value, true),
});

/** A kernel-minted 64-bit value, which must survive exactly. */
export const u64 = (offset: number): Field<bigint> => ({
  offset,
  size: 8,
  get: (view, base) => view.getBigUint64(base + offset, true),
  set: (view, base, value) => view.setBigUint64(base + offset, value, true),
});

const TWO_POW_32 = 0x1_0000_0000;

/**
 * A 64-bit value that is exact below 2^53: ids we minted ourselves, file offsets and sizes. Larger ones come out rounded,
 * which is still beyond every id and every file size we accept.
 */
export const safe64 = (offset: number): Field<number> => ({
  offset,
  size: 8,
  get: (view, base) =>
    view.getUint32(base + offset + 4, true) * TWO_POW_32 + view.getUint32(base + offset, true),
  set: (view, base, value) => {
    view.setUint32(base + offset, value % TWO_POW_32, true);
    view.setUint32(base + offset + 4, Math.floor(value / TWO_POW_32), true);
  },
});

// A mapped type must accept fields of any value type; each member keeps its own through `Value`.
type Fields = Readonly<Record<string, Field<number> | Field<bigint>>>;
type Value<F> = F extends Field<infer T> ? T : never;
export type StructValue<F extends Fields> = { -readonly [Name in keyof F]: Value<F[Name]> };

export interface Struct<F extends Fields> {
  /** Bytes, as C's sizeof. */
  readonly size: number;
  readonly fields: F;
  /** The members, or undefined when fewer than `size` bytes are there. */
  decode(view: DataView, base: number, available: number): StructValue<F> | undefined;
  /** Writes the whole struct; members not given become 0. Returns its size. */
  encode(view: DataView, base: number, values: Partial<StructValue<F>>): number;
}

export function struct<F extends Fields>(size: number, fields: F): Struct<F> {
  const entries = Object.entries(fields);
  const taken = new Uint8Array(size);
  for (const [name, field] of entries) {
    if (field.offset + field.size > size)
      throw new Error(`field ${name} lies outside its struct of ${size} bytes`);
    for (let byte = field.offset; byte < field.offset + field.size; byte++) {
      if (taken[byte] === 1) throw new Error(`field ${name} overlaps another`);
      taken[byte] = 1;
    }
  }
  return {
    size,
    fields,
    decode(view, base, available) {
      if (available < size) return undefined;
      const values: Record<string, number | bigint> = {};
      for (const [name, field] of entries) values[name] = field.get(view, base);
      return values as StructValue<F>;
    },
    encode(view, base, values) {
      for (let byte = 0; byte < size; byte++) view.setUint8(base + byte, 0);
      for (const [name, value] of Object.entries(values)) {
        const field = fields[name] as Field<number | bigint> | undefined;
        field?.set(view, base, value as number | bigint);
      }
      return size;
    },
  };
}
