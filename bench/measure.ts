/**
 * What the bench programs measure with: time, and on Linux the processor and memory of this process and of others; figures
 * held against their budgets; and what ends what was started.
 */
import { readFileSync } from "node:fs"
import { loadavg } from "node:os"
import type { Owner } from "../test/helpers/temp.ts"

const MIB = 1024 * 1024

export const say = (line: string) => console.log(line)
export const median = (values: readonly number[]) => [...values].sort((a, b) => a - b)[values.length >> 1] ?? Number.NaN
export const load = () => `load average ${loadavg()[0]?.toFixed(1)}`

/** Milliseconds that something takes. */
export async function timed(work: () => Promise<unknown>): Promise<number> {
  const from = performance.now()
  await work()
  return performance.now() - from
}

/** Ends everything of its owner, the last first. */
export function owning(): Owner & { readonly end: () => Promise<void> } {
  const ends: (() => unknown)[] = []
  return {
    after: (end) => void ends.unshift(end as () => unknown),
    end: async () => {
      for (const each of ends.splice(0)) await each()
    },
  }
}

let isAnyOver = false

/** Holds a figure against its budget. */
export function judge(what: string, milliseconds: number, most: number): void {
  const isPast = !(milliseconds <= most)
  isAnyOver ||= isPast
  say(`${isPast ? "OVER" : "ok  "} ${milliseconds.toFixed(0).padStart(7)} ms of ${most} ms  ${what}`)
}

/** Milliseconds of processor that a process has had, all its threads together (proc(5): fields 14 and 15, in 10 ms). */
export function processorTime(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8")
    .replace(/^.*\) /, "")
    .split(" ")
  return (Number(fields[11]) + Number(fields[12])) * 10
}

/** Milliseconds of processor that this process has had since. */
export function ownProcessor(before: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(before)
  return (user + system) / 1000
}

export function residentMib(pid: number): number {
  const kib = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]
  return (Number(kib) * 1024) / MIB
}

/** Whether a figure was past its budget. */
export const isOver = () => isAnyOver
