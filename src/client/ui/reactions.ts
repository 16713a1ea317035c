/** How people feel about a message: an emoji each, with how many, and who for those who ask; pressing one joins in or out. */
import type { Reaction, TextItem } from "../core/types.ts"
import { button, h } from "./dom.ts"

/** Kinds that are shown; how many more there are is said. */
const SHOWN = 12
/** Names that are said of one kind. */
const NAMED = 20

/** Brings the reactions into their place, which is hidden when there are none. */
export function setReactions(
  place: HTMLElement | null,
  item: TextItem,
  react: (item: TextItem, emoji: string, on: boolean) => void,
): void {
  if (place === null) return
  const { reactions } = item
  const focused = place.contains(document.activeElement)
    ? document.activeElement?.getAttribute("data-emoji")
    : undefined
  place.hidden = reactions.length === 0
  const more = reactions.length > SHOWN ? [h("span", { class: "more" }, `+${reactions.length - SHOWN}`)] : []
  const buttons = reactions
    .slice(0, SHOWN)
    .map((each) => reactionButton(each, () => react(item, each.emoji, !each.mine)))
  place.replaceChildren(...buttons, ...more)
  buttons.find((each) => each.getAttribute("data-emoji") === focused)?.focus()
}

function reactionButton({ emoji, by, mine }: Reaction, press: () => void): HTMLButtonElement {
  const names = by.slice(0, NAMED).join(", ") + (by.length > NAMED ? ` and ${by.length - NAMED} more` : "")
  const named = { "aria-label": `${emoji} ${by.length}: ${names}`, title: names, "data-emoji": emoji }
  return button(
    { class: "react", "aria-pressed": String(mine), ...named },
    press,
    h("span", {}, emoji),
    String(by.length),
  )
}
