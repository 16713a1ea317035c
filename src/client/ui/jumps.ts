/** The buttons over the conversation that lead to where one is not: to the newest line, and to the first new message. */
import { button, h, setText, show } from "./dom.ts"
import { icon } from "./icons.ts"
import type { Side } from "./standing.ts"
import { newWords } from "./words.ts"

export interface JumpActions {
  readonly toNewest: () => Promise<void>
  readonly toFresh: () => Promise<void>
  /** Puts the focus where a jump has led. */
  readonly land: () => void
}

export interface Jumps {
  readonly toNewest: HTMLElement
  readonly toFresh: HTMLElement
  /** Shows the buttons that lead somewhere; `unseen` messages have come that were not seen, `fresh` is where the first is. */
  readonly offer: (isAtNewest: boolean, unseen: number, fresh: Side) => void
}

export function jumps({ toNewest, toFresh, land }: JumpActions): Jumps {
  const words = h("span", {}, "Jump to newest")
  const newest = button({ class: "jump button" }, () => void press(newest, toNewest), icon("down"), words)
  const fresh = button(
    { class: "jump button first" },
    () => void press(fresh, toFresh),
    icon("down"),
    "Jump to first unread",
  )
  show(newest, false)
  show(fresh, false)

  /** A button that has done its work goes: the keyboard goes on where it has led. */
  async function press(pressed: HTMLElement, lead: () => Promise<void>): Promise<void> {
    const hadFocus = document.activeElement === pressed
    await lead()
    if (hadFocus) land()
  }

  function offer(isAtNewest: boolean, unseen: number, side: Side): void {
    show(newest, !isAtNewest)
    setText(words, unseen === 0 ? "Jump to newest" : newWords(unseen))
    show(fresh, side !== "inside")
    fresh.classList.toggle("down", side === "below")
  }

  return { toNewest: newest, toFresh: fresh, offer }
}
