/** A palette: the colours by name, each as it looks, and none. Arrow keys go through it, Enter picks. */
import { button, h } from "../dom.ts"
import type { Panel } from "./panel.ts"

interface Choice<T> {
  readonly value: T | undefined
  readonly word: string
  readonly class: string | undefined
}

/** `kind` begins the class of each colour. */
export function palette<T extends string>(
  name: string,
  kind: "ink" | "mark",
  colours: readonly T[],
  current: T | undefined,
  pick: (colour: T | undefined) => void,
): Panel {
  const choices: readonly Choice<T>[] = [
    ...colours.map((value) => ({ value, word: capital(value), class: `${kind}-${value}` })),
    { value: undefined, word: "None", class: undefined },
  ]
  const items = choices.map((choice) => {
    const isCurrent = choice.value === current
    return button(
      {
        ...{ role: "menuitemradio", "aria-checked": String(isCurrent), tabindex: "-1" },
      },
      () => pick(choice.value),
      h("span", { class: choice.class }, choice.word),
    )
  })
  const root = h("div", { class: "palette", role: "menu", "aria-label": name }, ...items)
  root.addEventListener("keydown", (event) => {
    const step = STEPS[event.key]
    if (step === undefined) return
    event.preventDefault()
    const at = items.findIndex((item) => item.matches(":focus"))
    items[step(at, items.length)]?.focus()
  })
  return { root, first: () => items[choices.findIndex(({ value }) => value === current)] }
}

const capital = (word: string): string => word.charAt(0).toUpperCase() + word.slice(1)

const next = (at: number, count: number): number => (at + 1) % count
const before = (at: number, count: number): number => (at - 1 + count) % count

/** Where keys lead in a row of so many. */
const STEPS: Readonly<Record<string, (at: number, count: number) => number>> = {
  ...{ ArrowRight: next, ArrowDown: next, ArrowLeft: before, ArrowUp: before },
  ...{ Home: () => 0, End: (_: number, count: number) => count - 1 },
}
