/**
 * History from one device of the account to another: asked for on the new one, confirmed on one that has it, after the
 * person has seen the same code on both.
 */
import { browserPlatform } from "../browser/index.ts"
import type { Chat } from "../core/chat.ts"
import { listDevices } from "../core/devices.ts"
import { ClientError, type DeviceId, type HistoryState } from "../core/types.ts"
import { button, h } from "./dom.ts"

const WHAT =
  "What was said before a device came is kept by your other devices only. Ask for it here, then open Settings and History on one of those, and compare the code."

export function historySection(chat: Chat): readonly HTMLElement[] {
  const own = h("div", { role: "status", class: "transfer" })
  const others = h("ul", { "aria-label": "Devices that ask", class: "transfer" })
  const ask = button({ class: "button" }, () => void chat.history.ask(), "Ask for the history")
  let names: ReadonlyMap<DeviceId, string> = new Map()

  async function draw(): Promise<void> {
    const { asked, sending, receiving } = chat.history.state
    const code = await chat.history.codeOf(chat.device)
    own.replaceChildren(...received(receiving, code))
    const rows = asked.map((device) => question(chat, device, nameOf(device)))
    others.replaceChildren(...(await Promise.all(rows)), ...sending.map((each) => sent(nameOf(each.device), each)))
  }

  const nameOf = (device: DeviceId): string => names.get(device) ?? "Another device"
  // The code is there once this device is in the room that its devices share, which is an event of a room.
  const offs = (["transfer", "room"] as const).map((event) =>
    chat.on(event, () => (others.isConnected ? void draw() : stop())),
  )
  const stop = (): void => {
    for (const off of offs) off()
  }
  const load = async (): Promise<void> => {
    try {
      names = new Map((await listDevices(browserPlatform)).map(({ device, name }) => [device, name]))
    } catch (error) {
      if (!(error instanceof ClientError)) throw error
    }
    await draw()
  }
  void load()
  return [h("p", {}, WHAT), h("div", { class: "ends" }, ask), own, others]
}

const codeElement = (code: readonly string[]): HTMLElement =>
  h("p", { class: "code", role: "group", "aria-label": "Code" }, ...code.map((group) => h("span", {}, group)))

function received(receiving: HistoryState["receiving"], code: readonly string[] | undefined): HTMLElement[] {
  if (receiving === undefined) return []
  const { done, left } = receiving
  if (left === 0) return [h("p", {}, `Done: ${done} lines came.`)]
  if (left !== undefined)
    return [
      h("p", {}, `${done} of ${done + left} lines have come.`),
      h("progress", { value: done, max: done + left, "aria-label": "History" }),
    ]
  return code === undefined
    ? [h("p", {}, "Looking for your other devices…")]
    : [h("p", {}, "Asked. On your other device, compare this code:"), codeElement(code)]
}

async function question(chat: Chat, device: DeviceId, name: string): Promise<HTMLElement> {
  const code = await chat.history.codeOf(device)
  const give = button({ class: "button" }, () => void chat.history.give(device), "The codes match, send it")
  const refuse = button({ class: "button" }, () => void chat.history.refuse(device), "Don’t send")
  const text = " asks for your history. Send it only if the device in your hand shows this code:"
  return h(
    "li",
    {},
    h("p", {}, h("b", {}, h("bdi", {}, name)), text),
    ...(code === undefined ? [] : [codeElement(code)]),
    h("div", { class: "ends" }, refuse, give),
  )
}

function sent(name: string, { done, left }: HistoryState["sending"][number]): HTMLElement {
  return h("li", {}, h("p", {}, "Sending to ", h("b", {}, h("bdi", {}, name)), `: ${done} of ${done + left} lines.`))
}
