/** The emoji as the build put them into this script, which is loaded when they are first needed, and read once. */
import { type Emoji, unpack } from "./emoji-table.ts"

/** The build puts the string in this place. */
declare const EMOJI_TABLE: string

export const EMOJI: readonly Emoji[] = unpack(EMOJI_TABLE)

/** By what is stored of them, for those used last. */
export const BY_CHAR: ReadonlyMap<string, Emoji> = new Map(EMOJI.map((emoji) => [emoji.char, emoji]))
