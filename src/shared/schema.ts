/**
 * A schema is one definition from which three things come: the TypeScript type, the strict parser and the writer.
 * Parsing is total: every value either becomes a T or throws a ParseError that names the place and the rule, never
 * the value. Unknown fields are refused, so that a typing error or a newer client cannot pass half understood. Depth
 * is bounded by the schema itself: what is deeper than the definition is a wrong type where it begins.
 */
import { fromBase64Url, toBase64Url } from "./bytes.ts"

/** What was wrong and where. The text holds field names of the definition and rules, never the sender's bytes. */
export class ParseError extends Error {
  override readonly name = "ParseError"
}

export interface Schema<T> {
  /** Turns parsed JSON into a T; throws ParseError. `at` is the path for the error text. */
  readonly parse: (value: unknown, at: string) => T
  /** Turns a T into what JSON.stringify takes. */
  readonly write: (value: T) => unknown
  /** What it takes, in words: docs/protocol.md has the same ones, and a test compares. */
  readonly takes?: string
  /** The fields of an object. */
  readonly fields?: readonly Field[]
  /** The variants of a union by their `type`, each with its fields. */
  readonly variants?: ReadonlyMap<string, readonly Field[]>
}

export interface Field {
  readonly name: string
  readonly takes: string
  readonly optional: boolean
}

export type TypeOf<S> = S extends Schema<infer T> ? T : never

function fail(at: string, rule: string): never {
  throw new ParseError(`${at}: ${rule}`)
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value)
}

const asIs = <T>(value: T): unknown => value

/** One fixed string. */
export function literal<const T extends string>(text: T): Schema<T> {
  const takes = `"${text}"`
  return { parse: (value, at) => (value === text ? text : fail(at, `must be ${takes}`)), write: asIs, takes }
}

/** One of several fixed strings. */
export function oneOf<const T extends string>(...texts: readonly T[]): Schema<T> {
  const takes = `one of ${texts.join(", ")}`
  return {
    parse: (value, at) => texts.find((text) => text === value) ?? fail(at, `must be ${takes}`),
    write: asIs,
    takes,
  }
}

export const boolean: Schema<boolean> = {
  parse: (value, at) => (typeof value === "boolean" ? value : fail(at, "must be true or false")),
  write: asIs,
  takes: "true or false",
}

/** A whole number between the bounds, both included. */
export function integer(min: number, max: number = Number.MAX_SAFE_INTEGER): Schema<number> {
  const takes = `a whole number from ${min}${max === Number.MAX_SAFE_INTEGER ? "" : ` to ${max}`}`
  return {
    parse: (value, at) =>
      typeof value === "number" && Number.isSafeInteger(value) && value >= min && value <= max
        ? value
        : fail(at, `must be ${takes}`),
    write: asIs,
    takes,
  }
}

/** Text of bounded length (UTF-16 units) without lone surrogates, which would not survive UTF-8. */
export function string(minLength: number, maxLength: number): Schema<string> {
  return {
    parse: (value, at) => {
      if (typeof value !== "string") return fail(at, "must be text")
      if (value.length < minLength || value.length > maxLength)
        return fail(at, `must have ${minLength} to ${maxLength} characters`)
      return /\p{Surrogate}/u.test(value) ? fail(at, "must be well-formed Unicode") : value
    },
    write: asIs,
    takes: `text of ${minLength} to ${maxLength} characters`,
  }
}

/** Text that matches a pattern whole and carries a brand, so that a name never stands where an id belongs. */
export function branded<Brand extends string>(pattern: RegExp, rule: string): Schema<Branded<Brand>> {
  const matches = (value: unknown): value is Branded<Brand> => typeof value === "string" && pattern.test(value)
  const takes = rule.replace("must be ", "")
  return { parse: (value, at) => (matches(value) ? value : fail(at, rule)), write: asIs, takes }
}

declare const brand: unique symbol
export type Branded<Brand extends string> = string & { readonly [brand]: Brand }

/** Bytes as base64url text; the bounds count bytes. */
export function bytes(minLength: number, maxLength: number = minLength): Schema<Uint8Array<ArrayBuffer>> {
  const longestText = Math.ceil((maxLength * 4) / 3)
  const takes = `base64url of ${minLength === maxLength ? "" : `${minLength} to `}${maxLength} bytes`
  const rule = `must be ${takes}`
  return {
    parse: (value, at) => {
      if (typeof value !== "string" || value.length > longestText) return fail(at, rule)
      const decoded = fromBase64Url(value)
      return decoded !== undefined && decoded.length >= minLength && decoded.length <= maxLength
        ? decoded
        : fail(at, rule)
    },
    write: toBase64Url,
    takes,
  }
}

/** A list of at most `maxLength` items. */
export function list<T>(item: Schema<T>, maxLength: number): Schema<readonly T[]> {
  return {
    parse: (value, at) => {
      if (!Array.isArray(value)) return fail(at, "must be a list")
      if (value.length > maxLength) return fail(at, `must have at most ${maxLength} items`)
      return value.map((each: unknown, index) => item.parse(each, `${at}[${index}]`))
    },
    write: (value) => value.map((each) => item.write(each)),
    takes: `a list of at most ${maxLength}: ${item.takes}`,
  }
}

/** A value that may be null. */
export function nullable<T>(of: Schema<T>): Schema<T | null> {
  return {
    parse: (value, at) => (value === null ? null : of.parse(value, at)),
    write: (value) => (value === null ? null : of.write(value)),
    takes: `${of.takes}, or null`,
  }
}

type Fields = Readonly<Record<string, Schema<unknown>>>
type ObjectOf<F> = { readonly [K in keyof F]: TypeOf<F[K]> }
type Optional<F> = { readonly [K in keyof F]?: TypeOf<F[K]> }
type Simplify<T> = { readonly [K in keyof T]: T[K] }

/** An object with exactly these fields, and perhaps the optional ones. */
export function object<R extends FieldsOf<R>, O extends FieldsOf<O> = Record<never, never>>(
  required: R,
  optional?: O,
): Schema<Simplify<ObjectOf<R> & Optional<O>>> {
  const needs = Object.entries<Schema<unknown>>(required as Fields)
  const mayHave = Object.entries<Schema<unknown>>((optional ?? {}) as Fields)
  const known = new Set([...needs, ...mayHave].map(([name]) => name))
  const fieldsOf = (entries: typeof needs, optional: boolean): Field[] =>
    entries.map(([name, { takes = "" }]) => ({ name, takes, optional }))
  const fields = [...fieldsOf(needs, false), ...fieldsOf(mayHave, true)]
  return {
    fields,
    takes: `{ ${fields.map(({ name, takes, optional }) => `${name}${optional ? "?" : ""}: ${takes}`).join("; ")} }`,
    parse: (value, at) => {
      if (!isObject(value)) return fail(at, "must be an object")
      if (Object.keys(value).some((name) => !known.has(name))) return fail(at, "has a field that is not known here")
      const result: Record<string, unknown> = {}
      for (const [name, schema] of needs) {
        if (!Object.hasOwn(value, name)) return fail(at, `lacks "${name}"`)
        result[name] = schema.parse(value[name], `${at}.${name}`)
      }
      for (const [name, schema] of mayHave)
        if (Object.hasOwn(value, name)) result[name] = schema.parse(value[name], `${at}.${name}`)
      return result as Simplify<ObjectOf<R> & Optional<O>>
    },
    write: (value) => {
      const given = value as Record<string, unknown>
      const result: Record<string, unknown> = {}
      for (const [name, schema] of [...needs, ...mayHave])
        if (given[name] !== undefined) result[name] = schema.write(given[name])
      return result
    },
  }
}

// Schema is invariant in T, so a plain Schema<unknown> would refuse every field: each one keeps its own type.
type FieldsOf<F> = { readonly [K in keyof F]: Schema<TypeOf<F[K]>> }

/** A tagged union: the field `type` says which of the variants the rest is. */
export function union<V extends FieldsOf<V>>(
  variants: V,
): Schema<{ [K in keyof V]: Simplify<{ readonly type: K } & TypeOf<V[K]>> }[keyof V]> {
  type Union = { [K in keyof V]: Simplify<{ readonly type: K } & TypeOf<V[K]>> }[keyof V]
  const byType = new Map(Object.entries<Schema<unknown>>(variants as Fields))
  return {
    variants: new Map([...byType].map(([type, { fields = [] }]) => [type, fields])),
    parse: (value, at) => {
      if (!isObject(value)) return fail(at, "must be an object")
      const { type, ...rest } = value
      const schema = typeof type === "string" ? byType.get(type) : undefined
      if (schema === undefined) return fail(`${at}.type`, "is not known here")
      return { type, ...(schema.parse(rest, at) as object) } as Union
    },
    write: (value) => {
      const { type, ...rest } = value as { type: string }
      return { type, ...(byType.get(type)?.write(rest) as object) }
    },
  }
}
