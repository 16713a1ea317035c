/** The choice of the skin tone: the hand is what one sees, the list behind it is the system's own. */
import type { Settings } from "../core/settings.ts"
import { h, setText } from "./dom.ts"
import { TONES, toned } from "./emoji-table.ts"

const hand = (tone: number): string => toned({ char: "✋", takesTone: true }, tone)

export function toneChoice(settings: Settings, changed: (tone: number) => void): HTMLElement {
  const options = TONES.map((name, tone) => h("option", { value: tone }, `${hand(tone)} ${name}`))
  const choice = h("select", { "aria-label": "Skin tone", title: "Skin tone" }, ...options)
  const shown = h("span", { "aria-hidden": "true" }, hand(settings.emoji.tone))
  choice.selectedIndex = settings.emoji.tone
  choice.addEventListener("change", () => {
    const tone = choice.selectedIndex
    setText(shown, hand(tone))
    changed(tone)
    void settings.setTone(tone)
  })
  return h("div", { class: "tool tone" }, shown, choice)
}
