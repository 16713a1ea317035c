/**
 * The emoji in rows of eight, in parts that stand below one another and scroll together. Each part is a grid of its own
 * for screen readers, whose cells are buttons named by the emoji; one of all cells can be reached with Tab, the arrows go on
 * from there and across parts. A part is filled when it comes near the screen. Its height is reserved before, so that
 * nothing moves.
 */
import { h } from "./dom.ts"
import { type Emoji, nameOf, toned } from "./emoji-table.ts"

export interface Part {
  /** The id of its element. */
  readonly id: string
  readonly title: string
  readonly emoji: readonly Emoji[]
  /** Whether a tab leads to it. */
  readonly hasTab: boolean
}

export interface GridActions {
  /** `isMore`: the person wants to choose more. */
  readonly pick: (emoji: Emoji, isMore: boolean) => void
  /** An emoji has the focus or lies under the pointer. */
  readonly look: (emoji: Emoji) => void
  /** Somebody goes up from the first row, or types: the focus belongs in the search field. */
  readonly leave: () => void
  /** The part with this id is at the top of what is seen. */
  readonly reach: (id: string) => void
}

const COLUMNS = 8
const ROWS_OF_A_PAGE = 5

/** Where a cell is: its part, and its number in it. */
interface Place {
  readonly part: number
  readonly index: number
}

export function emojiGrid(tone: () => number, actions: GridActions) {
  const root = h("div", { class: "emoji-parts" })
  const near = new IntersectionObserver(fillSeen, { root, rootMargin: "100% 0px" })
  let parts: readonly ReturnType<typeof partOf>[] = []
  let current: HTMLButtonElement | undefined

  /** Shows these parts, from the top. */
  function show(next: readonly Part[]): void {
    near.disconnect()
    parts = next.map((part) => partOf(part, tone))
    root.replaceChildren(...parts.map((part) => part.root))
    root.scrollTop = 0
    setCurrent(parts[0]?.cells()[0])
    for (const part of parts) near.observe(part.root)
    reach()
  }

  function fillSeen(entries: readonly IntersectionObserverEntry[]): void {
    const seen = entries.filter(({ isIntersecting }) => isIntersecting).map(({ target }) => target)
    for (const part of parts) if (seen.includes(part.root)) part.cells()
  }

  function setCurrent(cell: HTMLButtonElement | undefined): void {
    if (current !== undefined) current.tabIndex = -1
    current = cell
    if (current !== undefined) current.tabIndex = 0
  }

  function placeOf(target: EventTarget | null): Place | undefined {
    const cell = target instanceof Element ? target.closest("button") : null
    if (cell === null) return undefined
    const part = parts.findIndex((each) => each.root.contains(cell))
    const index = parts[part]?.cells().indexOf(cell) ?? -1
    return index < 0 ? undefined : { part, index }
  }

  const emojiAt = ({ part, index }: Place): Emoji | undefined => parts[part]?.emoji[index]
  const cellAt = ({ part, index }: Place): HTMLButtonElement | undefined => parts[part]?.cells()[index]
  const sizeOf = (part: number): number => parts[part]?.emoji.length ?? 0
  const isRightToLeft = (): boolean => getComputedStyle(root).direction === "rtl"

  /** The cell so many cells on, in the order of reading. */
  function along({ part, index }: Place, by: 1 | -1): Place | undefined {
    if (index + by >= 0 && index + by < sizeOf(part)) return { part, index: index + by }
    const next = part + by
    return sizeOf(next) === 0 ? undefined : { part: next, index: by > 0 ? 0 : sizeOf(next) - 1 }
  }

  /** The cell in the row below or above, or the last one when that row is shorter. */
  function across({ part, index }: Place, by: 1 | -1): Place | undefined {
    const row = Math.floor(index / COLUMNS) + by
    const column = index % COLUMNS
    if (row >= 0 && row <= lastRow(sizeOf(part))) return inRow(part, row, column)
    const next = part + by
    return sizeOf(next) === 0 ? undefined : inRow(next, by > 0 ? 0 : lastRow(sizeOf(next)), column)
  }

  const inRow = (part: number, row: number, column: number): Place => ({
    part,
    index: Math.min(row * COLUMNS + column, sizeOf(part) - 1),
  })

  function pages(from: Place, by: 1 | -1): Place {
    let place = from
    for (let row = 0; row < ROWS_OF_A_PAGE; row++) place = across(place, by) ?? place
    return place
  }

  const MOVES: Readonly<Record<string, (from: Place, isFar: boolean) => Place | undefined>> = {
    ArrowRight: (from) => along(from, isRightToLeft() ? -1 : 1),
    ArrowLeft: (from) => along(from, isRightToLeft() ? 1 : -1),
    ArrowDown: (from) => across(from, 1),
    ArrowUp: (from) => across(from, -1),
    PageDown: (from) => pages(from, 1),
    PageUp: (from) => pages(from, -1),
    Home: ({ part, index }, isFar) => (isFar ? { part: 0, index: 0 } : { part, index: index - (index % COLUMNS) }),
    End: ({ part, index }, isFar) =>
      isFar
        ? { part: parts.length - 1, index: sizeOf(parts.length - 1) - 1 }
        : inRow(part, Math.floor(index / COLUMNS), COLUMNS - 1),
  }

  root.addEventListener("keydown", (event) => {
    const from = placeOf(event.target)
    const emoji = from && emojiAt(from)
    if (from === undefined || emoji === undefined || event.altKey || event.metaKey) return
    const move = MOVES[event.key]
    if (move !== undefined) {
      event.preventDefault()
      const to = move(from, event.ctrlKey)
      if (to !== undefined) cellAt(to)?.focus()
      else if (event.key === "ArrowUp") actions.leave()
    } else if (event.key === "Enter") {
      event.preventDefault()
      if (!event.repeat) actions.pick(emoji, event.shiftKey)
    } else if (event.key.length === 1 && event.key !== " " && !event.ctrlKey) actions.leave()
  })
  root.addEventListener("click", (event) => {
    const emoji = emojiOf(event)
    if (emoji !== undefined) actions.pick(emoji, event.shiftKey)
  })
  root.addEventListener("pointerover", (event) => look(emojiOf(event)))
  root.addEventListener("focusin", (event) => {
    const place = placeOf(event.target)
    if (place !== undefined) setCurrent(cellAt(place))
    look(place && emojiAt(place))
  })
  root.addEventListener("scroll", reach, { passive: true })

  function emojiOf({ target }: Event): Emoji | undefined {
    const place = placeOf(target)
    return place && emojiAt(place)
  }

  function look(emoji: Emoji | undefined): void {
    if (emoji !== undefined) actions.look(emoji)
  }

  function reach(): void {
    const reached = parts.findLast((part) => part.root.offsetTop <= root.scrollTop + 1) ?? parts[0]
    if (reached !== undefined) actions.reach(reached.root.id)
  }

  /** Scrolls to the part with this id; Tab leads to its first cell then. */
  function goTo(id: string): void {
    const part = parts.find((each) => each.root.id === id)
    if (part === undefined) return
    setCurrent(part.cells()[0])
    root.scrollTop = part.root.offsetTop
  }

  return {
    ...{ root, show, goTo },
    /** Draws what is shown in the tone that holds now. */
    renewTone: () => {
      for (const part of parts) part.renewTone()
    },
    focus: () => (current ?? root).focus(),
    close: () => near.disconnect(),
  }
}

const lastRow = (count: number): number => Math.floor((count - 1) / COLUMNS)

/** One part. Its cells are made when they are first asked for. */
function partOf({ id, title, emoji, hasTab }: Part, tone: () => number) {
  const heading = h("h3", { id: `${id}-title` }, title)
  const grid = h("div", { class: "emoji-grid" })
  const kind = hasTab ? { role: "tabpanel" } : {}
  const root = h("section", { id, ...kind, "aria-labelledby": heading.id }, heading, grid)
  grid.style.minBlockSize = `calc(${lastRow(emoji.length) + 1} * var(--cell))`
  let made: readonly HTMLButtonElement[] | undefined

  function cells(): readonly HTMLButtonElement[] {
    made ??= fill()
    return made
  }

  function fill(): readonly HTMLButtonElement[] {
    const all = emoji.map((each) => draw(h("button", { type: "button", role: "gridcell", tabindex: -1 }), each))
    grid.setAttribute("role", "grid")
    grid.setAttribute("aria-labelledby", heading.id)
    for (let at = 0; at < all.length; at += COLUMNS)
      grid.append(h("div", { role: "row" }, ...all.slice(at, at + COLUMNS)))
    return all
  }

  function draw(cell: HTMLButtonElement, each: Emoji): HTMLButtonElement {
    cell.textContent = toned(each, tone())
    cell.setAttribute("aria-label", nameOf(each, tone()))
    return cell
  }

  function renewTone(): void {
    made?.forEach((cell, index) => {
      const each = emoji[index]
      if (each?.takesTone) draw(cell, each)
    })
  }

  return { root, emoji, cells, renewTone }
}
