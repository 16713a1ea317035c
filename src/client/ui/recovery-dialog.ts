/** Shows the recovery code once, right after signing up. It is in no storage and no address; closing the dialog forgets it. */
import { button, h } from "./dom.ts"
import { icon } from "./icons.ts"

/** Resolves when the person has closed the dialog. */
export function showRecoveryCode(code: string): Promise<void> {
  return new Promise((resolve) => {
    const groups = code.split("-").map((group) => h("span", {}, group))
    const copied = h("span", { role: "status", class: "hint" })
    const copy = async (): Promise<void> => {
      await navigator.clipboard.writeText(code).then(
        () => copied.replaceChildren("Copied. Paste it where only you can read it."),
        () => copied.replaceChildren("This browser didn’t allow copying. Write the code down."),
      )
    }
    const heading = h("h2", { id: "recovery-title", tabindex: "-1" }, "Recovery code")
    const dialog = h(
      "dialog",
      { "aria-labelledby": "recovery-title" },
      heading,
      h(
        "p",
        {},
        "Write this down. If you forget your password, it is the only way back into your account. The server doesn’t have it and can’t make another.",
      ),
      h("div", { class: "code", role: "group", "aria-label": "Your recovery code" }, ...groups),
      button({ class: "button quiet" }, () => void copy(), icon("copy"), "Copy"),
      copied,
      h(
        "div",
        { class: "ends" },
        button({ class: "button" }, () => dialog.close(), "Later"),
        button({ class: "button primary" }, () => dialog.close(), "I’ve written it down"),
      ),
    )
    dialog.addEventListener("close", () => {
      dialog.remove()
      resolve()
    })
    document.body.append(dialog)
    dialog.showModal()
    heading.focus()
  })
}
