declare const kind: unique symbol

/** A value of type `T` that only its own module may mint: two brands over the same `T` do not mix. */
export type Brand<T, Name extends string> = T & { readonly [kind]: Name }
