/**
 * The emoji that can be chosen, taken out of the string that the build made (build/emoji.mjs tells its format). Nothing in
 * it comes from people.
 */
export interface Emoji {
  /** As Unicode recommends to write it, without a skin tone. */
  readonly char: string
  readonly name: string
  /** What stands between colons. */
  readonly code: string
  readonly otherCodes: readonly string[]
  /** Single words that neither the name nor a code has. */
  readonly keywords: readonly string[]
  /** Place in GROUPS. */
  readonly group: number
  readonly takesTone: boolean
}

/** The groups, each with the emoji that stands for it. */
export const GROUPS = [
  { name: "Smileys", sign: "😀" },
  { name: "People", sign: "👋" },
  { name: "Animals and nature", sign: "🐻" },
  { name: "Food and drink", sign: "🍎" },
  { name: "Travel and places", sign: "🚲" },
  { name: "Activities", sign: "⚽" },
  { name: "Objects", sign: "💡" },
  { name: "Symbols", sign: "⚠️" },
  { name: "Flags", sign: "🏁" },
] as const

/** The names of the skin tones; the first is none. */
export const TONES = ["default", "light", "medium-light", "medium", "medium-dark", "dark"] as const

/** Takes the string apart: all emoji, in the order of their groups. */
export function unpack(table: string): readonly Emoji[] {
  const [counts = [], chars = [], names = [], codes = [], others = [], keywords = []] = table
    .split("~")
    .map((column) => column.split("|"))
  const groups = counts.flatMap((count, group) => Array<number>(Number(count)).fill(group))
  return chars.map((char, index) => {
    const name = names[index] ?? ""
    return {
      char: char.replace("^", ""),
      name,
      code: codes[index] || codeFrom(name),
      otherCodes: words(others[index]),
      keywords: words(keywords[index]),
      group: groups[index] ?? 0,
      takesTone: char.endsWith("^"),
    }
  })
}

const words = (text = ""): readonly string[] => (text === "" ? [] : text.split(" "))

/** The shortcode that a name makes: "waving hand" is `waving_hand`. */
export function codeFrom(name: string): string {
  return plain(name)
    .replace("flag: ", "")
    .replaceAll(/[^a-z0-9]+/g, "_")
    .replaceAll(/^_|_$/g, "")
}

/** Small letters without their marks: "Piñata" becomes "pinata". */
export const plain = (text: string): string => text.normalize("NFD").replaceAll(/\p{M}/gu, "").toLowerCase()

/**
 * An emoji with a skin tone (1 to 5; 0 is none). The tone follows each person or hand and takes the place of the selector
 * that asks for colour (UTS #51, section 2.4). All people of one emoji get the same tone; hands that join two people get none.
 */
export function toned({ char, takesTone }: Pick<Emoji, "char" | "takesTone">, tone: number): string {
  if (!takesTone || tone === 0) return char
  return char.replaceAll(/(?!🤝\u200D)(\p{Emoji_Modifier_Base})\uFE0F?/gu, `$1${String.fromCodePoint(0x1f3fa + tone)}`)
}

/** The name that says the tone too. */
export function nameOf({ name, takesTone }: Emoji, tone: number): string {
  return takesTone && tone > 0 ? `${name}, ${TONES[tone]} skin tone` : name
}
