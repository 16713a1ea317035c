/** Leads eyes and ears to one line of a conversation: it comes into the middle, has the focus, and is marked for a moment. */

/** Milliseconds; the mark fades in the last part of it (timeline.css), or just ends for those who want no motion. */
const MARKED = 4_000

export function pointOut(line: HTMLElement): void {
  line.scrollIntoView({ block: "center", behavior: "instant" })
  if (!line.hasAttribute("tabindex")) {
    line.tabIndex = -1
    line.addEventListener("blur", () => line.removeAttribute("tabindex"), { once: true })
  }
  line.focus({ preventScroll: true })
  line.classList.add("pointed-out")
  setTimeout(() => line.classList.remove("pointed-out"), MARKED)
}
