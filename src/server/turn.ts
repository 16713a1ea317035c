/** One turn of the event loop: what is asked for in it any number of times is done once, at its end. */

/** Makes a function that asks for `run` with an item; each item that was asked for gets one run at the end of the turn. */
export function oncePerTurn<T>(run: (item: T) => void): (item: T) => void {
  let asked = new Set<T>()
  return (item) => {
    asked.add(item)
    if (asked.size > 1) return
    setImmediate(() => {
      const items = asked
      asked = new Set()
      for (const each of items) run(each)
    })
  }
}

/** Calls `run` after some milliseconds unless the function that it returns is called before. Tests have their own. */
export type After = (milliseconds: number, run: () => void) => () => void

/** The real thing. A timer that waits does not keep the process alive. */
export const after: After = (milliseconds, run) => {
  const timer = setTimeout(run, milliseconds)
  timer.unref()
  return () => clearTimeout(timer)
}
