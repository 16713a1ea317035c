/** Another password, and another recovery code. Neither changes the account's key, so nobody else notices. */
import { browserPlatform } from "../browser/index.ts"
import type { Chat } from "../core/chat.ts"
import { changePassword, makeRecoveryCode } from "../core/password.ts"
import { passwordFault } from "../core/passwords.ts"
import { dialogForm, labelled } from "./dialog.ts"
import { h } from "./dom.ts"
import { showRecoveryCode } from "./recovery-dialog.ts"
import { wordsForPassword } from "./sign-in-words.ts"

export const passwordField = (use: "current-password" | "new-password"): HTMLInputElement =>
  h("input", { class: "input", type: "password", autocomplete: use })

export function passwordSection(chat: Chat): readonly HTMLElement[] {
  return [changing(chat), h("hr"), recovery()]
}

function changing(chat: Chat): HTMLElement {
  const current = passwordField("current-password")
  const next = passwordField("new-password")
  const done = h("span", { class: "start hint", role: "status" })
  const form = dialogForm(
    [
      labelled("Current password", current),
      labelled("New password", next, "At least 10 characters. All your other devices have to log in again."),
    ],
    { label: "Change password", beside: done },
    async (tell) => {
      done.replaceChildren()
      const fault = passwordFault(next.value, chat.account)
      if (current.value === "") tell("Type your current password.")
      else if (fault !== undefined) tell(wordsForPassword(fault))
      if (current.value === "" || fault !== undefined) {
        const wrong = current.value === "" ? current : next
        wrong.focus()
        return false
      }
      await changePassword(browserPlatform, { current: current.value, next: next.value })
      current.value = ""
      next.value = ""
      done.replaceChildren("Changed. Use the new one from now on.")
      return false
    },
    () => undefined,
  )
  return form.root
}

function recovery(): HTMLElement {
  const password = passwordField("current-password")
  const form = dialogForm(
    [
      h("h4", {}, "Recovery code"),
      h("p", {}, "If you forget your password, it is the only way back. A new one makes the one you have useless."),
      labelled("Password", password),
    ],
    { label: "Make a new recovery code", isPlain: true },
    async (tell) => {
      if (password.value === "") {
        tell("Type your password.")
        password.focus()
        return false
      }
      const { recoveryCode } = await makeRecoveryCode(browserPlatform, { password: password.value })
      password.value = ""
      await showRecoveryCode(recoveryCode)
      return false
    },
    () => undefined,
  )
  return form.root
}
