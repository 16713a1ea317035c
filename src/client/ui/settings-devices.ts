/** The devices of one's account, the one seen last first, and the end of those that one no longer has. */
import { browserPlatform } from "../browser/index.ts"
import type { Chat } from "../core/chat.ts"
import { listDevices, type OwnDevice, retireDevice } from "../core/devices.ts"
import { ownDevice } from "../core/own-device.ts"
import { ClientError } from "../core/types.ts"
import { complaint, confirmed, failureOf } from "./dialog.ts"
import { button, h } from "./dom.ts"
import { icon } from "./icons.ts"

const SMALL = /iPhone|iPad|Android/
const MINUTE = 60_000
const DAY = 24 * 60 * MINUTE
const date = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "long", year: "numeric" })
const ago = new Intl.RelativeTimeFormat(undefined, { numeric: "auto" })

export function devicesSection(chat: Chat): readonly HTMLElement[] {
  const list = h("ul", { "aria-label": "Devices", tabindex: "-1" })
  const problem = complaint()

  /** Does something with the server, and says what did not work. */
  async function attempt(act: () => Promise<void>): Promise<void> {
    problem.set("")
    try {
      await act()
    } catch (error) {
      if (!(error instanceof ClientError)) throw error
      problem.set(failureOf(error.code, error.seconds))
    }
  }

  async function load(): Promise<void> {
    const devices = await listDevices(browserPlatform)
    list.replaceChildren(...devices.map((device) => row(device, device.device === chat.device, () => void end(device))))
  }

  async function end(device: OwnDevice): Promise<void> {
    const text = `It is logged out at once and reads nothing new. What it has stored stays on it, locked.`
    if (!(await confirmed(`End ${device.name}?`, text, "End this device", "Cancel"))) return
    await attempt(async () => {
      const { accountKeyPair } = await ownDevice(browserPlatform)
      await retireDevice(browserPlatform, { device: device.device, accountKeyPair })
      await load()
      list.focus()
    })
  }

  void attempt(load)
  const text =
    "Each browser you log in with holds its own keys. End one you no longer have, and it can read nothing new."
  return [h("p", {}, text), problem.root, list]
}

function row({ name, createdAt, lastSeenAt }: OwnDevice, isThis: boolean, end: () => void): HTMLElement {
  const title = h("b", { class: "clip" }, h("bdi", {}, name))
  const label = `End this device: ${name}`
  const added = `Added ${date.format(createdAt)}`
  return h(
    "li",
    { class: "device" },
    h("span", { class: "pic" }, icon(SMALL.test(name) ? "phone" : "laptop")),
    h(
      "div",
      { class: "clip" },
      h("div", { class: "row" }, title, ...(isThis ? [h("span", { class: "tag" }, "This browser")] : [])),
      h("span", { class: "hint" }, isThis ? added : `${seen(lastSeenAt, Date.now())}. ${added}`),
    ),
    ...(isThis ? [] : [button({ class: "button", "aria-label": label }, end, "End this device")]),
  )
}

function seen(at: number, now: number): string {
  const passed = Math.max(0, now - at)
  if (passed < 2 * MINUTE) return "Here now"
  if (passed < 60 * MINUTE) return `Here ${ago.format(-Math.round(passed / MINUTE), "minute")}`
  if (passed < DAY) return `Here ${ago.format(-Math.round(passed / MINUTE / 60), "hour")}`
  return `Here ${ago.format(-Math.round(passed / DAY), "day")}`
}
