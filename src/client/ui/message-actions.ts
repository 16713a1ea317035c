/** Which actions a message has, in the order in which they are offered. */
import type { TextItem } from "../core/types.ts"
import type { IconName } from "./icons.ts"

export type MessageAction = "reply" | "edit" | "copy" | "forward" | "details" | "delete"

interface Offer {
  readonly action: MessageAction
  readonly label: string
  readonly sign: IconName
  readonly isDangerous?: boolean
  readonly isFor: (item: TextItem, canWrite: boolean) => boolean
}

/** A message that waits is in no log yet: nobody else knows it. */
export const isInLog = ({ position }: TextItem): boolean => !position.startsWith("~")

const isWhole = (item: TextItem): boolean => !item.isDeleted
const isChangeable = (item: TextItem, canWrite: boolean): boolean => canWrite && isInLog(item) && isWhole(item)

const OFFERS: readonly Offer[] = [
  { action: "reply", label: "Reply", sign: "reply", isFor: isChangeable },
  { action: "edit", label: "Edit", sign: "pen", isFor: (item, canWrite) => item.mine && isChangeable(item, canWrite) },
  { action: "copy", label: "Copy text", sign: "copy", isFor: isWhole },
  { action: "forward", label: "Forward", sign: "forward", isFor: isWhole },
  { action: "details", label: "Details", sign: "info", isFor: isInLog },
  {
    ...{ action: "delete", label: "Delete for everybody", sign: "trash", isDangerous: true },
    isFor: (item, canWrite) => item.mine && isChangeable(item, canWrite),
  },
]

export const messageActions = (item: TextItem, canWrite: boolean): readonly Omit<Offer, "isFor">[] =>
  OFFERS.filter(({ isFor }) => isFor(item, canWrite)).map(({ isFor: _, ...offer }) => offer)
