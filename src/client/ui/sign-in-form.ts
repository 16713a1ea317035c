/**
 * The form for both signing up and logging in. One message at a time, in one place, said aloud (role=alert) and tied to the
 * field it is about; while something is under way the button says so and nothing can be pressed twice.
 */
import { ClientError, passwordFault } from "../core/sign-in.ts"
import { button, h, show } from "./dom.ts"
import { icon } from "./icons.ts"
import { wordsFor, wordsForPassword, wordsForWait } from "./sign-in-words.ts"

const NAME = /^[a-z0-9][a-z0-9_.-]{2,31}$/

export interface SignInActions {
  readonly logIn: (name: string, password: string) => Promise<void>
  readonly signUp: (name: string, password: string) => Promise<void>
}

type Action = keyof SignInActions

/** Makes the form. `title` stands above it, `after` below the buttons. */
export function signInForm(actions: SignInActions, title: string, after: Node) {
  const name = h("input", {
    ...{ id: "name", class: "input", name: "username", autocomplete: "username", autocapitalize: "none" },
    ...{ spellcheck: "false", maxlength: 64, "aria-describedby": "name-hint" },
  })
  const password = h("input", {
    ...{ id: "password", class: "input", name: "password", type: "password", autocomplete: "current-password" },
    "aria-describedby": "password-hint",
  })
  const reveal = button({ class: "tool", "aria-label": "Show password", "aria-pressed": "false" }, toggle, icon("eye"))
  const logIn = h("button", { class: "button primary", type: "submit" }, "Log in")
  const signUp = button({ class: "button" }, () => void run("signUp"), "Sign up")
  const message = h("span")
  const error = h("div", { class: "error" }, icon("alert"), message)
  const alert = h("div", { role: "alert" }, error)
  show(error, false)
  const form = h(
    "form",
    { novalidate: true, method: "post" },
    h("h2", {}, title),
    alert,
    field("name", "Username", name, "Small letters and digits, 3 to 32."),
    field(
      "password",
      "Password",
      h("div", { class: "reveal" }, password, reveal),
      "At least 10 characters. Nobody can reset it for you.",
    ),
    h("div", { class: "pair" }, logIn, signUp),
    after,
  )
  form.addEventListener("submit", (event) => {
    event.preventDefault()
    void run("logIn")
  })
  let isBusy = false
  let countdown: ReturnType<typeof setInterval> | undefined

  function toggle(): void {
    const shown = password.type === "password"
    password.type = shown ? "text" : "password"
    reveal.setAttribute("aria-pressed", String(shown))
  }

  async function run(action: Action): Promise<void> {
    if (isBusy || !check(action)) return
    setBusy(action)
    try {
      await actions[action](name.value.trim(), password.value)
    } catch (error) {
      tell(error)
    } finally {
      setBusy(undefined)
    }
  }

  function check(action: Action): boolean {
    clear()
    if (!NAME.test(name.value.trim())) return complain(wordsFor("bad_name"), name)
    if (password.value === "") return complain("Type your password.", password)
    const fault = action === "signUp" ? passwordFault(password.value, name.value.trim()) : undefined
    return fault === undefined || complain(wordsForPassword(fault), password)
  }

  function tell(error: unknown): void {
    const code = error instanceof ClientError ? error.code : "internal"
    const seconds = error instanceof ClientError ? error.seconds : undefined
    if (seconds !== undefined) countDown(seconds)
    else complain(wordsFor(code), code === "name_taken" || code === "bad_name" ? name : password)
  }

  function countDown(seconds: number): void {
    let left = seconds
    complain(wordsForWait(left), undefined)
    countdown = setInterval(() => {
      left -= 1
      if (left > 0) message.textContent = wordsForWait(left)
      else clear()
    }, 1000)
  }

  function complain(text: string, about: HTMLInputElement | undefined): false {
    message.textContent = text
    show(error, true)
    about?.setAttribute("aria-invalid", "true")
    about?.focus()
    return false
  }

  function clear(): void {
    clearInterval(countdown)
    show(error, false)
    for (const input of [name, password]) input.removeAttribute("aria-invalid")
  }

  function setBusy(action: Action | undefined): void {
    isBusy = action !== undefined
    for (const each of [logIn, signUp]) each.removeAttribute("aria-busy")
    logIn.textContent = action === "logIn" ? "Logging in" : "Log in"
    signUp.textContent = action === "signUp" ? "Signing up" : "Sign up"
    if (action !== undefined) (action === "logIn" ? logIn : signUp).setAttribute("aria-busy", "true")
  }

  return { root: form, focus: () => name.focus() }
}

/** A field with its label above it and a hint below. */
export function field(id: string, label: string, control: HTMLElement, hint: string): HTMLElement {
  return h(
    "div",
    { class: "field" },
    h("label", { for: id }, label),
    control,
    h("span", { class: "hint", id: `${id}-hint` }, hint),
  )
}
