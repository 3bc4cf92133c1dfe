/** The array itself when it holds `size` elements, else a copy with room for half as many again. */
export function grown<T extends Float64Array | Int32Array | Uint32Array | Uint8Array>(array: T, size: number): T {
  if (size <= array.length) return array
  const larger = new (array.constructor as new (length: number) => T)(size + (size >> 1) + 8)
  larger.set(array)
  return larger
}
