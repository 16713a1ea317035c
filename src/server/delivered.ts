/**
 * "Delivered" for the sender's eyes: how far *somebody else's* device has come in a room. Two numbers a room are enough
 * for every member: the progress of the account that is furthest, and that of the furthest other account. An account
 * looks at the first unless it is its own. So one message causes at most two changes here, however many read it.
 */
import type { AccountName } from "../shared/ids.ts"

export interface Progress {
  readonly account: AccountName
  readonly seq: number
}

/** Entries in (from, to] are delivered now: those that `only` has sent, or those of everybody but `except`. */
export type DeliveredChange = { readonly from: number; readonly to: number } & (
  | { readonly only: AccountName }
  | { readonly except: AccountName }
)

export class Delivered {
  #first: Progress | undefined
  #second: Progress | undefined

  constructor(furthest: readonly Progress[] = []) {
    ;[this.#first, this.#second] = furthest
  }

  /** The highest seq that a device of another account than this one has persisted; 0 for none. */
  seenBy(account: AccountName): number {
    const other = this.#first?.account === account ? this.#second : this.#first
    return other?.seq ?? 0
  }

  /** Notes that a device of `account` has persisted everything up to `seq`; returns what that changes for others. */
  advance(account: AccountName, seq: number): DeliveredChange[] {
    const first = this.#first
    if (first === undefined || first.account === account) {
      const from = first?.seq ?? 0
      if (seq <= from) return []
      this.#first = { account, seq }
      return [{ from, to: seq, except: account }]
    }
    const second = this.#second
    const secondSeq = second?.seq ?? 0
    if (seq <= secondSeq) return []
    if (seq <= first.seq) {
      this.#second = { account, seq }
      return [{ from: secondSeq, to: seq, only: first.account }]
    }
    this.#first = { account, seq }
    this.#second = first
    const changes: DeliveredChange[] = [{ from: first.seq, to: seq, except: account }]
    if (first.seq > secondSeq) changes.push({ from: secondSeq, to: first.seq, only: first.account })
    return changes
  }
}
