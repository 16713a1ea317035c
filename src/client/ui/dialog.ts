/**
 * Dialogs: modal, named by their title, closed by Esc or the button Close. Focus starts on the title, or on the field that has
 * `autofocus`, cannot leave for what lies below, and goes back to where it was. Whatever a dialog shows is forgotten when it closes.
 */
import { ClientError, type ClientErrorCode } from "../core/types.ts"
import { button, h, setText, show } from "./dom.ts"
import { icon } from "./icons.ts"

let dialogs = 0

/** Opens a dialog with what `fill` makes; resolves when it is closed. */
export function openDialog(
  title: string,
  fill: (close: () => void) => readonly HTMLElement[],
  kind?: "wide" | "find",
): Promise<void> {
  return new Promise((resolve) => {
    const id = `dialog-${dialogs++}`
    const heading = h("h2", { id, tabindex: "-1", dir: "auto" }, title)
    const dialog = h("dialog", { class: kind, "aria-labelledby": id })
    const close = (): void => dialog.close()
    const shut = button({ class: "tool", "aria-label": "Close", title: "Close" }, close, icon("close"))
    dialog.append(h("div", { class: "dialog-head" }, heading, shut), ...fill(close))
    dialog.addEventListener("close", () => {
      dialog.remove()
      resolve()
    })
    document.body.append(dialog)
    dialog.showModal()
    if (dialog.querySelector("[autofocus]") === null) heading.focus()
  })
}

/** Asks once before something that cannot be taken back; resolves to whether it was confirmed. */
export async function confirmed(title: string, text: string, yes: string, no: string): Promise<boolean> {
  let isConfirmed = false
  await openDialog(title, (close) => {
    const go = (): void => {
      isConfirmed = true
      close()
    }
    return [
      h("p", {}, text),
      h("div", { class: "ends" }, button({ class: "button" }, close, no), button({ class: "button danger" }, go, yes)),
    ]
  })
  return isConfirmed
}

/** The place in a dialog where it says what did not work. */
export function complaint() {
  const words = h("span")
  const line = h("div", { class: "error" }, icon("alert"), words)
  const root = h("div", { role: "alert" }, line)
  show(line, false)
  const set = (text: string): void => {
    setText(words, text)
    show(line, text !== "")
  }
  return { root, set }
}

/** A field with its label above it and, where there is one, a hint below. */
export function labelled(label: string, input: HTMLInputElement, hint?: string): HTMLElement {
  input.id = `field-${dialogs++}`
  if (hint === undefined) return h("div", { class: "field" }, h("label", { for: input.id }, label), input)
  const id = `${input.id}-hint`
  input.setAttribute("aria-describedby", id)
  return h(
    "div",
    { class: "field" },
    h("label", { for: input.id }, label),
    input,
    h("span", { class: "hint", id }, hint),
  )
}

/**
 * A form in a dialog: `act` runs once at a time, says with `tell` what is wrong, and closes the dialog when it resolves to
 * true.
 */
export function dialogForm(
  fields: readonly HTMLElement[],
  submit: { readonly label: string; readonly beside?: HTMLElement; readonly isPlain?: boolean },
  act: (tell: (text: string) => void) => Promise<boolean>,
  close: () => void,
) {
  const problem = complaint()
  const go = h("button", { class: submit.isPlain ? "button" : "button primary", type: "submit" }, submit.label)
  const beside = submit.beside === undefined ? [] : [submit.beside]
  const root = h(
    "form",
    { novalidate: true, method: "dialog" },
    ...fields,
    problem.root,
    h("div", { class: "ends" }, ...beside, go),
  )
  let isBusy = false
  root.addEventListener("submit", async (event) => {
    event.preventDefault()
    if (isBusy || go.disabled) return
    isBusy = true
    go.setAttribute("aria-busy", "true")
    problem.set("")
    try {
      if (await act(problem.set)) close()
    } catch (error) {
      if (!(error instanceof ClientError)) throw error
      problem.set(failureOf(error.code, error.seconds))
    } finally {
      isBusy = false
      go.removeAttribute("aria-busy")
    }
  })
  const setReady = (isReady: boolean): void => {
    go.disabled = !isReady
  }
  return { root, setReady }
}

const FAILURES: Partial<Record<ClientErrorCode, string>> = {
  not_found: "This browser knows no key for one of them yet. Wait until they have been in General, then try again.",
  not_in_room: "You are no longer in this chat.",
  not_a_member: "Only who started the group can do this.",
  bad_request: "A group has at most 200 people. Take fewer.",
  name_empty: "Give the group a name.",
  unreachable: "The server can’t be reached. Nothing was changed; try again in a moment.",
  wrong_credentials: "That is not your password. Check it; capital letters count.",
  outbox_full: "As many messages wait as can be kept. Try again when they have gone out.",
}

/** The sentence for what failed; `seconds` to wait, if it was tried too often. */
export function failureOf(code: ClientErrorCode, seconds: number | undefined): string {
  if (seconds !== undefined) return `That was tried too often. Wait ${seconds} s, then try again.`
  return FAILURES[code] ?? "The server could not do this. Try again in a moment."
}
