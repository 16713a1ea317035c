/**
 * The emoji of the picker, made from emojibase-data as one string that compresses well. The client takes it apart again
 * (src/client/ui/emoji-table.ts), when it is first needed:
 *
 *     counts ~ characters ~ names ~ shortcodes ~ other shortcodes ~ keywords
 *
 * Parts are divided by `~`, what is in them by `|`, in the order of the groups; `counts` says how many each group has.
 * `^` after a character says that it takes a skin tone. A shortcode that can be made from the name is left empty.
 *
 * Left out: letters of flags, skin tones and hair by themselves, and what came after Emoji 15.0 (2022): systems since
 * 2023 draw that (iOS 16.4, Android 14, Debian 12), and whoever gets a newer one on an older system sees a box.
 */
import { createRequire } from "node:module"

const LAST_VERSION = 15
/** Numbers of emojibase's groups in the picker's order. Group 2 are components. */
const GROUPS = [0, 1, 3, 4, 5, 6, 7, 8, 9]
/** What picker, completion, table and styles may add to what a browser loads, in bytes. */
const BYTES_MAX = 40_000

/** Names of the package whose licence the table falls under. */
export const EMOJI_PACKAGE = "emojibase-data"

/** The table as a string. Throws when the data has something that the format cannot hold. */
export function emojiTable() {
  const groups = GROUPS.map(keptOf)
  const all = groups.flat()
  const columns = [
    groups.map(({ length }) => length),
    all.map(({ emoji, skins }) => (skins === undefined ? written(emoji) : `${written(emoji)}^`)),
    all.map(({ label }) => label),
    all.map((each) => (shortcodeOf(each) === slug(each.label) ? "" : shortcodeOf(each))),
    all.map((each) => otherShortcodesOf(each).join(" ")),
    all.map((each) => keywordsOf(each).join(" ")),
  ]
  const wrong = columns.flat().find((value) => /[|~]|.\^./.test(String(value)))
  if (wrong !== undefined) throw new Error(`The emoji table cannot hold "${wrong}"`)
  return columns.map((column) => column.join("|")).join("~")
}

/**
 * How many bytes the pages have for emoji: whole files, as they are sent, where they are loaded for emoji only, and what
 * stands in other files as if it did not compress.
 *
 * @param outputs  the outputs of esbuild's metafile
 * @param sentBytes  gives the bytes that are sent for a file
 */
export async function emojiBytes(outputs, sentBytes) {
  const counted = Object.entries(outputs).map(([file, { inputs, entryPoint }]) => {
    const ours = Object.entries(inputs).filter(([input]) => /^src\/client\/ui\/(?:styles\/)?emoji\b/.test(input))
    if (ours.length === 0) return 0
    if (entryPoint?.includes("/emoji") || ours.length === Object.keys(inputs).length) return sentBytes(file)
    return ours.reduce((sum, [, { bytesInOutput }]) => sum + bytesInOutput, 0)
  })
  return (await Promise.all(counted)).reduce((sum, bytes) => sum + bytes, 0)
}

/** Says how much it is; throws when it is too much. */
export function reportEmojiBytes(bytes) {
  const words = `Emoji: ${(bytes / 1000).toFixed(1)} of ${BYTES_MAX / 1000} KB`
  if (bytes > BYTES_MAX) throw new Error(`${words}. Leave keywords out, or code.`)
  console.log(words)
}

const require = createRequire(import.meta.url)
const DATA = require(`${EMOJI_PACKAGE}/en/data.json`)
const SHORTCODES = require(`${EMOJI_PACKAGE}/en/shortcodes/emojibase.json`)
const KNOWN = require(`${EMOJI_PACKAGE}/en/shortcodes/github.json`)

function keptOf(group) {
  return DATA.filter((each) => each.group === group && each.version <= LAST_VERSION).sort((a, b) => a.order - b.order)
}

/** As Unicode recommends it: the data also asks for colour where that is the rule, which makes another text of the same emoji. */
function written(emoji) {
  return /^\p{Emoji_Presentation}\uFE0F$/u.test(emoji) ? emoji.slice(0, -1) : emoji
}

const listOf = (codes, { hexcode }) => [codes[hexcode] ?? []].flat()

/** The one that most people know, or the shortest; `flag_de` only where there is no `germany`. */
function shortcodeOf(each) {
  const codes = listOf(SHORTCODES, each)
  const known = listOf(KNOWN, each)
  return (
    codes.find((code) => known.includes(code) && !isFlag(code)) ??
    codes.toSorted((a, b) => lengthOf(a) - lengthOf(b))[0]
  )
}

const isFlag = (code) => code.startsWith("flag_")
const lengthOf = (code) => (isFlag(code) ? Number.MAX_SAFE_INTEGER : code.length)

function otherShortcodesOf(each) {
  return listOf(SHORTCODES, each).filter((code) => code !== shortcodeOf(each) && code !== slug(each.label))
}

const wordsOf = (text) => text.toLowerCase().split(/[^\p{L}\p{N}]+/u)

/** Those that are not found by the name or a shortcode anyway. */
function keywordsOf(each) {
  const found = wordsOf([each.label, ...listOf(SHORTCODES, each)].join(" "))
  const words = wordsOf((each.tags ?? []).join(" "))
  return [...new Set(words)].filter((word) => word !== "" && !found.some((other) => other.startsWith(word)))
}

/** The shortcode that a name would make. */
function slug(name) {
  const letters = name.normalize("NFD").replaceAll(/\p{M}/gu, "").toLowerCase()
  const code = letters.replace("flag: ", "").replaceAll(/[^a-z0-9]+/g, "_")
  return code.replaceAll(/^_|_$/g, "")
}
