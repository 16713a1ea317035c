/**
 * How the pages look: what a person has set, else what the system wishes. It is kept in the browser's local storage, because
 * it has to be known before anybody is logged in, and gives nothing away; the style sheets read it from attributes of the
 * root element (styles/tokens.css).
 */

export const THEMES = ["system", "light", "dark"] as const
export const CONTRASTS = ["system", "more"] as const
export const TEXT_SIZES = ["small", "normal", "large", "larger", "largest"] as const

export interface Appearance {
  readonly theme: (typeof THEMES)[number]
  readonly contrast: (typeof CONTRASTS)[number]
  readonly text: (typeof TEXT_SIZES)[number]
}

const KEY = "securechat appearance"
const PRESET: Appearance = { theme: "system", contrast: "system", text: "normal" }

/** What is set; whatever is not readable is as it was at first. */
export function appearance(): Appearance {
  const kept = readKept()
  const one = <T extends string>(of: readonly T[], name: keyof Appearance, otherwise: T): T =>
    of.find((each) => each === kept[name]) ?? otherwise
  return {
    theme: one(THEMES, "theme", PRESET.theme),
    contrast: one(CONTRASTS, "contrast", PRESET.contrast),
    text: one(TEXT_SIZES, "text", PRESET.text),
  }
}

function readKept(): Readonly<Record<string, unknown>> {
  try {
    const parsed: unknown = JSON.parse(localStorage.getItem(KEY) ?? "{}")
    return typeof parsed === "object" && parsed !== null ? { ...parsed } : {}
  } catch {
    return {}
  }
}

/** Changes what is given, for all pages of this browser. */
export function setAppearance(change: Partial<Appearance>): void {
  try {
    localStorage.setItem(KEY, JSON.stringify({ ...appearance(), ...change }))
  } catch {
    // Without storage it holds for this page.
  }
  show({ ...appearance(), ...change })
}

function show({ theme, contrast, text }: Appearance): void {
  const { dataset } = document.documentElement
  dataset["theme"] = theme
  dataset["text"] = text
  dataset["contrast"] = contrast === "more" || wantsContrast.matches ? "more" : "system"
}

const wantsContrast = matchMedia("(prefers-contrast: more)")

/** Shows what is set, now and whenever another tab or the system changes it. */
export function followAppearance(): void {
  const again = (): void => show(appearance())
  again()
  wantsContrast.addEventListener("change", again)
  addEventListener("storage", again)
}
