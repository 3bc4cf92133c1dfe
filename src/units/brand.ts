declare const kind: unique symbol

/**
 * A value of type `T` that only its own module may mint: two brands over the same `T` do not mix, and a branded value
 * may be branded again (`Journaled<Approved<Order>>` carries both marks).
 */
export type Brand<T, Name extends string> = T & { readonly [kind]: { readonly [K in Name]: true } }
