/**
 * Where the view of a column of lines stands: which line is the first that is seen, and how far from the top. That is noted
 * while the column is in the page, because a browser forgets it for what is taken out or hidden; it holds however the lines
 * above change, come and go, and when the column gets another width. Lines that only part others (days, the line above what
 * is new) move with what comes, so the view never stands by them.
 */
export interface Standing {
  readonly line: Element
  /** Pixels from the top of the view to that of the line; below 0 when its beginning is out of sight. */
  readonly top: number
}

const PARTING = "separator"
/** Pixels. */
const SEEN_MOVING = 0.5

/** How the view stands; undefined when it is not in the page, or shows no line. */
export function standingOf(scroller: HTMLElement, column: HTMLElement): Standing | undefined {
  if (scroller.clientHeight === 0) return undefined
  const { top } = scroller.getBoundingClientRect()
  let line = firstBelow(column.children, top)
  while (line?.getAttribute("role") === PARTING) line = line.nextElementSibling
  return line == null ? undefined : { line, top: line.getBoundingClientRect().top - top }
}

/** Lets the view stand so again, if the line is still there. */
export function standAt(scroller: HTMLElement, { line, top }: Standing): void {
  if (!line.isConnected) return
  const moved = line.getBoundingClientRect().top - scroller.getBoundingClientRect().top - top
  // Whoever sets it ends a scrolling that is under way, in some browsers, also when it stays the same.
  if (Math.abs(moved) >= SEEN_MOVING) scroller.scrollTop += moved
}

export type Side = "above" | "inside" | "below"

/** Where a line is, from the view; a part of it inside is inside. */
export function sideOf(scroller: HTMLElement, line: Element): Side {
  const view = scroller.getBoundingClientRect()
  const { top, bottom } = line.getBoundingClientRect()
  if (bottom <= view.top) return "above"
  return top >= view.bottom ? "below" : "inside"
}

/** The first of these elements, which stand one below the other, that ends below a height. */
function firstBelow(all: HTMLCollection, height: number): Element | null {
  let from = 0
  let to = all.length
  while (from < to) {
    const middle = (from + to) >> 1
    const bottom = all[middle]?.getBoundingClientRect().bottom ?? height
    if (bottom > height) to = middle
    else from = middle + 1
  }
  return all[from] ?? null
}
