/**
 * The edge of a pane that is dragged to make it wider or narrower, or moved with the arrow keys; Home and End go to the
 * bounds, Enter and a double click to the width that it has by itself. It is a separator as ARIA means it: in the tab order,
 * with its value. The grid of the page keeps room for the conversation (chat.css), so a pane can be narrower than was asked
 * for; the value says how wide it is. On screens where panes have no width of their own the edge is not there.
 */
import { PANE_WIDTHS } from "../core/settings.ts"
import { h } from "./dom.ts"

const STEP = 16

export interface PaneEdge {
  readonly name: string
  /** The custom property of the page that holds the width. */
  readonly property: "--list-width" | "--details-width"
  /** Which side of the pane it is, for text that runs from left to right. */
  readonly side: "left" | "right"
  /** The width that it has by itself, in rem. */
  readonly standard: number
  /** Pixels, as they were remembered; undefined leaves the pane as it is by itself. */
  readonly width: number | undefined
  /** Remembers a width. */
  readonly keep: (width: number) => void
}

/** Gives a pane of the page an edge. */
export function addEdge(
  app: HTMLElement,
  pane: HTMLElement,
  { name, property, side, standard, width, keep }: PaneEdge,
): void {
  const root = h("div", {
    ...{ class: `pane-edge ${side}`, role: "separator", tabindex: "0", "aria-orientation": "vertical" },
    ...{ "aria-label": name, "aria-valuemin": PANE_WIDTHS.least, "aria-valuemax": PANE_WIDTHS.most },
  })
  pane.append(root)
  /** How far one pixel to the right makes the pane wider. */
  const outward = (): number => ((side === "right") === (getComputedStyle(app).direction === "ltr") ? 1 : -1)
  const now = (): number => pane.getBoundingClientRect().width

  const standardWidth = (): number => standard * Number.parseFloat(getComputedStyle(document.documentElement).fontSize)

  function set(wanted: number): number {
    const whole = Math.round(Math.min(PANE_WIDTHS.most, Math.max(PANE_WIDTHS.least, wanted)))
    app.style.setProperty(property, `${whole}px`)
    return whole
  }

  root.addEventListener("keydown", (event) => {
    const { key } = event
    const steps: Partial<Record<string, () => number>> = {
      ArrowLeft: () => now() - STEP * outward(),
      ArrowRight: () => now() + STEP * outward(),
      Home: () => PANE_WIDTHS.least,
      End: () => PANE_WIDTHS.most,
      Enter: standardWidth,
    }
    const step = Object.hasOwn(steps, key) ? steps[key] : undefined
    if (step === undefined || event.ctrlKey || event.altKey || event.metaKey) return
    event.preventDefault()
    keep(set(step()))
  })
  root.addEventListener("dblclick", () => keep(set(standardWidth())))
  root.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return
    root.setPointerCapture(event.pointerId)
    drag(event.clientX, now())
  })

  /** Follows the pointer until it is let go of. */
  function drag(from: number, before: number): void {
    const ending = new AbortController()
    const { signal } = ending
    let moved: number | undefined
    const move = ({ clientX }: PointerEvent): void => {
      moved = set(before + (clientX - from) * outward())
    }
    const end = (): void => {
      ending.abort()
      if (moved !== undefined) keep(moved)
    }
    root.addEventListener("pointermove", move, { signal })
    root.addEventListener("lostpointercapture", end, { signal })
  }

  new ResizeObserver(() => {
    const value = String(Math.round(now()))
    root.setAttribute("aria-valuenow", value)
    root.setAttribute("aria-valuetext", `${value} pixels`)
  }).observe(pane)
  if (width !== undefined) set(width)
}
