/** How the pages look in this browser. What is chosen shows at once. */
import { appearance, setAppearance } from "./appearance.ts"
import { choices } from "./choices.ts"
import { h } from "./dom.ts"

export function appearanceSection(): readonly HTMLElement[] {
  const { theme, contrast, text } = appearance()
  return [
    h("p", { class: "hint" }, "Applies to this browser, also before anybody logs in."),
    choices(
      "Theme",
      [
        ["system", "As the system"],
        ["light", "Light"],
        ["dark", "Dark"],
      ],
      theme,
      (value) => setAppearance({ theme: value }),
    ),
    choices(
      "Contrast",
      [
        ["system", "As the system"],
        ["more", "High"],
      ],
      contrast,
      (value) => setAppearance({ contrast: value }),
    ),
    choices(
      "Text size",
      [
        ["small", "Small"],
        ["normal", "Normal"],
        ["large", "Large"],
        ["larger", "Larger"],
        ["largest", "Largest"],
      ],
      text,
      (value) => setAppearance({ text: value }),
    ),
  ]
}
