/** What messages are made of besides words: the message that another one is about, and an emoji. */
import { messageId } from "../../shared/ids.ts"
import { branded, integer, object, type TypeOf } from "../../shared/schema.ts"

/** A message, by its place in the log, and by its id, so that no other one can be meant. */
export const reference = object({ seq: integer(1), id: messageId })
export type Reference = TypeOf<typeof reference>

/** One emoji, as Unicode Technical Standard 51 composes them (section 1.4.9). */
export const emoji = branded<"Emoji">(
  /^(?=.{1,20}$)(?:\p{RI}{2}|[0-9#*]\ufe0f?\u20e3|\p{ExtPict}(?:\p{EMod}|\ufe0f)?[\u{e0020}-\u{e007f}]*(?:\u200d\p{ExtPict}(?:\p{EMod}|\ufe0f)?)*)$/u,
  "must be one emoji",
)
export type Emoji = TypeOf<typeof emoji>
