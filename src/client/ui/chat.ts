/** The page at /chat: opens the chat of whoever is logged in, and ends it with a sentence when it can't go on. */
import { browserPlatform } from "../browser/index.ts"
import { logOut } from "../core/account.ts"
import type { Chat } from "../core/chat.ts"
import { openChat } from "../core/opening.ts"
import { ClientError } from "../core/types.ts"
import { FAREWELLS, type Farewell, showFarewell } from "./gone.ts"
import { shell } from "./shell.ts"

async function start(takeOver: boolean): Promise<void> {
  try {
    await run(await openChat(browserPlatform, { takeOver }))
  } catch (error) {
    const code = error instanceof ClientError ? error.code : "broken"
    if (code === "already_open") farewell(FAREWELLS.elsewhere, () => void start(true))
    else if (code === "locked") await leave()
    else farewell(FAREWELLS.broken, () => void leave())
  }
}

/** Without a key there is nothing to show: the session, if there is one, is ended too, so that /home does not send us back. */
async function leave(): Promise<void> {
  await logOut(browserPlatform)
  location.replace("/home")
}

async function run(chat: Chat): Promise<void> {
  const page = shell(chat)
  document.body.replaceChildren(page.root)
  chat.on("connection", ({ kind }) => {
    if (kind === "taken-over") farewell(FAREWELLS.elsewhere, () => void start(true))
    if (kind === "replaced") farewell(FAREWELLS.replaced, () => void start(true))
    if (kind === "failed") farewell(FAREWELLS.failed, () => void start(true))
    if (kind === "ended") farewell(FAREWELLS.ended, () => void leave())
  })
  const keep = (): void => void chat.drafts.keep()
  for (const leaving of ["beforeunload", "pagehide"]) addEventListener(leaving, keep)
  document.addEventListener("visibilitychange", keep)
  await page.start()
}

/** A chat that has ended takes its dialogs with it. */
function farewell(words: Farewell, go: () => void): void {
  for (const dialog of document.querySelectorAll("dialog")) dialog.close()
  showFarewell(words, go)
}

void start(false)
