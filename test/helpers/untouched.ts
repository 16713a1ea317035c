/** What a message has that nobody has answered with, changed or reacted to. */
export const UNTOUCHED = {
  ...{ doc: undefined, quote: undefined, editedAt: undefined, isDeleted: false },
  ...{ reactions: [], attempts: [], change: undefined },
} as const
