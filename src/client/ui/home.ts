/** The page at /home: what this server is, and the way in. Whoever is logged in already goes on to the chat. */
import { API } from "../../shared/api.ts"
import { browserPlatform } from "../browser/index.ts"
import { call, logIn, recover, resetAccount, signUp } from "../core/sign-in.ts"
import { button, h } from "./dom.ts"
import { logo } from "./icons.ts"
import { recoverForm } from "./recover-form.ts"
import { showRecoveryCode } from "./recovery-dialog.ts"
import { signInForm } from "./sign-in-form.ts"

const CHAT = "/chat"
const goOn = (): void => location.replace(CHAT)

const form = signInForm(
  {
    logIn: async (name, password) => {
      await logIn(browserPlatform, { name, password })
      goOn()
    },
    signUp: async (name, password) => {
      const { recoveryCode } = await signUp(browserPlatform, { name, password })
      await showRecoveryCode(recoveryCode)
      goOn()
    },
  },
  `Welcome to ${location.hostname}`,
  h("div", {}, button({ class: "button quiet" }, lost, "I have lost my password"), certificateNote()),
)
const gate = h("section", { class: "gate-do", "aria-label": "Sign in" }, form.root)
document.body.append(h("main", { class: "gate" }, statement(), gate))
void skipWhenLoggedIn()

/** Shows the way back in place of the sign-in form. */
function lost(): void {
  const way = recoverForm({
    recover: async (recovery) => {
      await recover(browserPlatform, recovery)
      goOn()
    },
    reset: async (recovery) => {
      const { recoveryCode } = await resetAccount(browserPlatform, recovery)
      await showRecoveryCode(recoveryCode)
      goOn()
    },
    back: () => {
      gate.replaceChildren(form.root)
      form.focus()
    },
  })
  gate.replaceChildren(way.root)
  way.focus()
}

function statement(): HTMLElement {
  const kept = h("code", {}, "14:02:11  #418  maya  message  364", h("br"), "commitment 9e04b7d152fc08aa6c1d…")
  return h(
    "section",
    { class: "gate-say", "aria-label": "About this server" },
    h("div", { class: "brand" }, logo(), "SecureChat"),
    h(
      "div",
      { class: "say" },
      h("h1", {}, "This server carries your messages. It cannot read them."),
      h(
        "p",
        { class: "lede" },
        "Messages are locked in your browser before they leave it. Only the people in a chat hold the keys.",
      ),
      h(
        "figure",
        {},
        h("figcaption", {}, "A message, as you write it"),
        h("p", { class: "said" }, "Soup at seven, bring bread"),
        h("p", { class: "caption" }, "The same message, as this server keeps it"),
        h("p", { class: "kept" }, kept),
        h("p", { class: "also" }, "It does see who is in a chat, and when and how much is sent."),
      ),
    ),
  )
}

function certificateNote(): HTMLElement {
  const fingerprint = h("code", {}, "…")
  const note = h(
    "details",
    { class: "trust" },
    h("summary", {}, "Check the certificate"),
    h(
      "p",
      {},
      "If your browser doesn’t know this server yet, compare its certificate authority’s fingerprint with the one printed where the server was started. All of it, never a part.",
    ),
    fingerprint,
  )
  note.addEventListener("toggle", async () => {
    const facts = await call(browserPlatform, API.server).catch(() => undefined)
    fingerprint.textContent = facts?.fingerprint ?? "This server uses a certificate that somebody else has issued."
    if (facts === undefined) fingerprint.textContent = "The server can’t be reached. Try again in a moment."
  })
  return note
}

async function skipWhenLoggedIn(): Promise<void> {
  const current = await browserPlatform.keys.current()
  if (current === undefined) return
  const session = await call(browserPlatform, API.session).catch(() => undefined)
  if (session?.name === current.account) goOn()
}
