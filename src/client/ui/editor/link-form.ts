/** Where one says what a link leads to. An address without a beginning is one of the web, or of mail. */
import { isLinkTarget } from "../../core/rich-text.ts"
import { button, h, setText, show } from "../dom.ts"
import type { Panel } from "./panel.ts"

/** `done` gets the address, or undefined when the link shall go. */
export function linkForm(current: string | undefined, done: (href: string | undefined) => void): Panel {
  const field = h("input", {
    ...{ class: "input", id: "link-address", inputmode: "url", autocomplete: "off", spellcheck: "false", dir: "ltr" },
    "aria-describedby": "link-fault",
  })
  const fault = h("p", { class: "complaint", id: "link-fault", role: "alert" })
  const remove = button({ class: "button quiet" }, () => done(undefined), "Remove link")
  const set = h("button", { class: "button primary", type: "submit" }, "Set link")
  const form = h(
    "form",
    { novalidate: true },
    h("div", { class: "field" }, h("label", { for: "link-address" }, "Address"), field),
    fault,
    h("div", { class: "ends" }, remove, set),
  )
  const root = h("div", { class: "link-form", role: "dialog", "aria-label": "Link" }, form)
  field.value = current ?? ""
  show(remove, current !== undefined)
  show(fault, false)
  form.addEventListener("submit", (event) => {
    event.preventDefault()
    const href = addressOf(field.value)
    if (href !== undefined) return done(href)
    setText(fault, "A link leads to a page of the web or to a mail address: example.org, or anna@example.org.")
    field.setAttribute("aria-invalid", "true")
    show(fault, true)
  })
  return { root, first: () => field }
}

/** The whole address that somebody means; undefined when there is none. */
export function addressOf(typed: string): string | undefined {
  const text = typed.trim()
  const whole = [text, /^[^\s@/]+@[^\s@/]+$/.test(text) ? `mailto:${text}` : `https://${text}`]
  const isBare = !/^[a-z][a-z0-9+.-]*:(?!\d)/i.test(text)
  return (isBare ? whole.slice(1) : whole.slice(0, 1)).find((href) => text !== "" && isLinkTarget(href))
}
