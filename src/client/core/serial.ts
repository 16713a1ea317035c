/** Runs tasks one after another, in the order in which they were asked for: one room's state has one writer. */
export class Serial {
  #last: Promise<unknown> = Promise.resolve()

  /** Resolves or rejects as the task does; a task that fails does not stop the next. */
  run<T>(task: () => Promise<T>): Promise<T> {
    const result = this.#last.then(task, task)
    this.#last = result.catch(() => undefined)
    return result
  }
}
