/**
 * The way back for whoever has lost the password: with the recovery code the account keeps its key; with a reset code of the
 * person who runs the server it gets a new one, and starts anew.
 */
import { ClientError, passwordFault } from "../core/sign-in.ts"
import { button, h, show } from "./dom.ts"
import { icon } from "./icons.ts"
import { field } from "./sign-in-form.ts"
import { wordsFor, wordsForPassword, wordsForWait } from "./sign-in-words.ts"

export interface Recovery {
  readonly name: string
  readonly code: string
  readonly password: string
}

export interface RecoverActions {
  readonly recover: (recovery: Recovery) => Promise<void>
  readonly reset: (recovery: Recovery) => Promise<void>
  readonly back: () => void
}

export function recoverForm(actions: RecoverActions) {
  const name = input("lost-name", { autocomplete: "username", autocapitalize: "none", maxlength: 64 })
  const code = input("lost-code", { autocomplete: "off", autocapitalize: "characters", maxlength: 128 })
  const password = input("lost-password", { autocomplete: "new-password", type: "password" })
  const words = h("span")
  const error = h("div", { class: "error" }, icon("alert"), words)
  const heading = h("h2", { tabindex: "-1" }, "I have lost my password")
  const recover = h("button", { class: "button primary", type: "submit" }, "Set the password")
  const reset = button({ class: "button" }, () => void run(reset, actions.reset), "Start anew with a reset code")
  const root = h(
    "form",
    { novalidate: true, method: "post" },
    heading,
    h("div", { role: "alert" }, error),
    field("lost-name", "Username", name, "The name of your account."),
    field("lost-code", "Recovery code", code, "The one you wrote down when you signed up. Dashes don’t matter."),
    field("lost-password", "New password", password, "At least 10 characters."),
    h("div", { class: "pair" }, recover, button({ class: "button" }, actions.back, "Back")),
    h(
      "details",
      { class: "trust" },
      h("summary", {}, "I have lost the recovery code too"),
      h(
        "p",
        {},
        "Then nobody can open your account any more. The person who runs this server can give you a reset code, which goes into the same field: you keep your name and get a new key, and everybody is told that it has changed.",
      ),
      reset,
    ),
  )
  let isBusy = false
  show(error, false)
  root.addEventListener("submit", (event) => {
    event.preventDefault()
    void run(recover, actions.recover)
  })

  async function run(pressed: HTMLButtonElement, act: (recovery: Recovery) => Promise<void>): Promise<void> {
    if (isBusy || !check()) return
    isBusy = true
    pressed.setAttribute("aria-busy", "true")
    try {
      await act({ name: name.value.trim(), code: code.value, password: password.value })
    } catch (error) {
      tell(error)
    } finally {
      isBusy = false
      pressed.removeAttribute("aria-busy")
    }
  }

  function check(): boolean {
    show(error, false)
    for (const each of [name, code, password]) each.removeAttribute("aria-invalid")
    if (name.value.trim() === "") return complain("Type the name of your account.", name)
    if (code.value.trim() === "") return complain("Type the code.", code)
    const fault = passwordFault(password.value, name.value.trim())
    return fault === undefined || complain(wordsForPassword(fault), password)
  }

  function tell(error: unknown): void {
    if (!(error instanceof ClientError)) complain(wordsFor("internal"), undefined)
    else if (error.seconds !== undefined) complain(wordsForWait(error.seconds), undefined)
    else if (error.code === "wrong_credentials") complain("That name and code don’t go together. Check both.", code)
    else complain(wordsFor(error.code), error.code === "bad_name" ? name : code)
  }

  function complain(text: string, about: HTMLInputElement | undefined): false {
    words.textContent = text
    show(error, true)
    about?.setAttribute("aria-invalid", "true")
    about?.focus()
    return false
  }

  return { root, focus: () => heading.focus() }
}

function input(id: string, attributes: Readonly<Record<string, string | number>>): HTMLInputElement {
  return h("input", { id, class: "input", spellcheck: "false", "aria-describedby": `${id}-hint`, ...attributes })
}
