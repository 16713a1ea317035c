/** Why sending pauses and for how long: a ring for the eyes, a sentence for everybody. */
import type { ChatEvents } from "../core/types.ts"
import { h, s, setText, show } from "./dom.ts"
import { pauseWords } from "./words.ts"

const RING = 100

export function pauseNotice() {
  const go = s("circle", { class: "go", cx: 11, cy: 11, r: 9, pathLength: RING, transform: "rotate(-90 11 11)" })
  const ring = s(
    "svg",
    { class: "ring", viewBox: "0 0 22 22", "aria-hidden": "true" },
    s("circle", { cx: 11, cy: 11, r: 9 }),
    go,
  )
  const words = h("span")
  const root = h("div", { class: "wait", role: "status" }, ring, words)
  let timer: ReturnType<typeof setInterval> | undefined
  show(root, false)

  function set({ until, reason }: ChatEvents["pause"]): void {
    clearInterval(timer)
    show(root, until !== undefined)
    if (until === undefined) return
    const whole = Math.max(1, until - Date.now())
    const tick = (): void => {
      const left = Math.max(0, until - Date.now())
      setText(words, pauseWords(reason, Math.max(1, Math.ceil(left / 1000))))
      go.setAttribute("stroke-dasharray", `${Math.round((left / whole) * RING)} ${RING}`)
    }
    tick()
    timer = setInterval(tick, 1000)
  }
  return { root, set }
}
