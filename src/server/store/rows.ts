/**
 * Row readers: what SQLite answers is `unknown`, and stays so until a reader has found each column with its type. A
 * column that is missing or of another type is our own mistake or a damaged file, never a visitor's, so it throws a
 * plain Error that becomes `internal`.
 */

type Column<T> = (value: unknown) => T | undefined

/** The types a column can have in the STRICT tables of schema.ts. */
export const column = {
  text: (value: unknown) => (typeof value === "string" ? value : undefined),
  integer: (value: unknown) => (typeof value === "number" && Number.isSafeInteger(value) ? value : undefined),
  blob: (value: unknown) => (value instanceof Uint8Array ? new Uint8Array(value) : undefined),
} satisfies Record<string, Column<unknown>>

/** A column that may be NULL, as in an outer join. */
export function nullable<T>(type: Column<T>): Column<T | null> {
  return (value) => (value === null ? null : type(value))
}

type RowOf<C> = { readonly [K in keyof C]: C[K] extends Column<infer T> ? T : never }

/** Makes a reader for rows with these columns. */
export function rowReader<C extends Readonly<Record<string, Column<unknown>>>>(columns: C): (row: unknown) => RowOf<C> {
  const entries = Object.entries(columns)
  return (row) => {
    if (typeof row !== "object" || row === null) throw new Error("the database answered no row")
    const found = new Map(Object.entries(row))
    const read = entries.map(([name, type]) => {
      const value = type(found.get(name))
      if (value === undefined) throw new Error(`the database answered something else as column ${name}`)
      return [name, value]
    })
    return Object.fromEntries(read) as RowOf<C>
  }
}
