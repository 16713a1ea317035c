/** Random waiting times, so that many who wait for one thing do not all come at once. */
import type { Platform } from "./platform.ts"

/** A whole number above 0, up to `bound`, all equally likely to 16 bits. */
export function randomBelow({ random }: Pick<Platform, "random">, bound: number): number {
  const [a = 0, b = 0] = random(2)
  return Math.ceil((bound * (a * 256 + b + 1)) / 65_536)
}
