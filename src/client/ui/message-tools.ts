/**
 * What can be done with a message. With a mouse three tools appear beside the bubble that is pointed at, covering nothing;
 * on a touch screen a long press opens all of it as a sheet. With the keyboard the arrows move from message to message,
 * Enter or the menu key opens the menu, Esc leads back to where one writes.
 *
 * There is one set of tools for the whole conversation. It stands outside the log, where a screen reader would announce it.
 */
import type { TextItem } from "../core/types.ts"
import { button, h, show } from "./dom.ts"
import { type IconName, icon } from "./icons.ts"
import { openMenu } from "./menu.ts"
import { type MessageAction, messageActions } from "./message-actions.ts"

/** Milliseconds of a long press. */
const LONG_PRESS = 500
/** What one reacts with most; everything else is in the picker. */
const QUICK = ["👍", "❤️", "😂", "😮", "😢", "🎉"]
/** Pixels between bubble and tools. */
const GAP = 8

export interface ToolsOptions {
  readonly log: HTMLElement
  /** The message that an element of the log shows. */
  readonly itemOf: (article: Element) => TextItem | undefined
  readonly act: (action: MessageAction, item: TextItem) => void
  readonly react: (item: TextItem, emoji: string, on: boolean) => void
  /** Lets the person choose any emoji, beside an element. */
  readonly pick: (beside: HTMLElement) => Promise<string | undefined>
  /** Whether one can write here. */
  readonly canWrite: () => boolean
  /** Where Esc leads. */
  readonly leave: () => void
}

export function messageTools({ log, itemOf, act, react, pick, canWrite, leave }: ToolsOptions): HTMLElement {
  let current: HTMLElement | undefined
  const tool = (name: string, sign: IconName, press: (article: HTMLElement) => void): HTMLButtonElement =>
    button(
      { class: "tool", "aria-label": name, title: name, tabindex: "-1" },
      () => {
        if (current !== undefined) press(current)
      },
      icon(sign),
    )
  const reply = tool("Reply", "reply", (article) => withItem(article, (item) => act("reply", item)))
  const like = tool("React", "smile", (article) => openFor(article, like))
  const more = tool("More", "more", (article) => openFor(article, more))
  const root = h("div", { class: "beside", role: "group", "aria-label": "Message actions" }, like, reply, more)
  show(root, false)

  function withItem(article: Element, use: (item: TextItem) => void): void {
    const item = itemOf(article)
    if (item !== undefined) use(item)
  }

  function openFor(article: HTMLElement, anchor: Element): void {
    withItem(article, (item) => {
      const actions = messageActions(item, canWrite())
      if (actions.length === 0) return
      const entries = actions.map(({ action, ...entry }) => ({ ...entry, act: () => act(action, item) }))
      const quick = actions.some(({ action }) => action === "reply") ? quickReactions(item) : undefined
      openMenu(anchor, "Message actions", entries, quick)
    })
  }

  function quickReactions(item: TextItem): HTMLElement {
    const isMine = (emoji: string) => item.reactions.some((each) => each.emoji === emoji && each.mine)
    const signs = QUICK.map((emoji) =>
      button(
        { "aria-label": `React with ${emoji}`, "aria-pressed": String(isMine(emoji)) },
        () => react(item, emoji, !isMine(emoji)),
        emoji,
      ),
    )
    const others = button(
      { "aria-label": "React with another emoji", title: "More" },
      () => void pickFor(item),
      icon("smile"),
    )
    return h("div", { class: "feelings", role: "group", "aria-label": "React" }, ...signs, others)
  }

  async function pickFor(item: TextItem): Promise<void> {
    const emoji = await pick(current ?? log)
    if (emoji !== undefined) react(item, emoji, true)
  }

  /** Puts the tools beside a bubble: on the side where the conversation has room. */
  function point(article: HTMLElement | undefined): void {
    current = article
    const bubble = article?.querySelector(".bubble")
    const item = article && itemOf(article)
    const isUseful = item !== undefined && messageActions(item, canWrite()).length > 0
    show(root, isUseful && bubble != null)
    if (bubble == null || article === undefined || !isUseful) return
    show(reply, canWrite() && !item.isDeleted)
    show(like, canWrite() && !item.isDeleted)
    const around = root.offsetParent?.getBoundingClientRect() ?? new DOMRect()
    const { top, left, right } = bubble.getBoundingClientRect()
    const isAtRight = article.classList.contains("own") === (document.dir !== "rtl")
    const x = isAtRight ? left - GAP - root.offsetWidth : right + GAP
    root.style.top = `${top - around.top + (root.offsetParent?.scrollTop ?? 0)}px`
    root.style.left = `${Math.min(Math.max(0, x - around.left), around.width - root.offsetWidth)}px`
  }

  const articleAt = (target: EventTarget | null): HTMLElement | undefined =>
    target instanceof Element ? (target.closest("article") ?? undefined) : undefined

  log.addEventListener("pointerover", (event) => {
    if (event.pointerType === "mouse") point(articleAt(event.target))
  })
  // Lines that come and change move those below.
  new ResizeObserver(() => point(current?.isConnected === true ? current : undefined)).observe(log)
  log.addEventListener("focusin", ({ target }) => setFocusable(articleAt(target)))

  /** One message can be reached by Tab: the one where one was last. */
  function setFocusable(article: HTMLElement | undefined): void {
    if (article === undefined) return
    for (const each of log.querySelectorAll("article[tabindex='0']")) each.setAttribute("tabindex", "-1")
    article.setAttribute("tabindex", "0")
  }

  log.addEventListener("keydown", (event) => {
    const article = articleAt(event.target)
    if (article === undefined || event.target !== article) return
    if (event.key === "Escape") leave()
    else if (event.key === "ArrowUp") move(article, "previousElementSibling")
    else if (event.key === "ArrowDown") move(article, "nextElementSibling")
    else if (event.key === "Enter") openFor(article, article.querySelector(".bubble") ?? article)
    else return
    event.preventDefault()
  })

  function move(from: Element, way: "previousElementSibling" | "nextElementSibling"): void {
    let next = from[way]
    while (next !== null && next.localName !== "article") next = next[way]
    if (next instanceof HTMLElement) next.focus()
  }

  log.addEventListener("contextmenu", (event) => {
    const article = articleAt(event.target)
    // Links and selected words keep the browser's own menu, and so does a mouse, for which the tools are there.
    const isByKeyboard = event.target === article && event.button !== 2
    if (article === undefined || !isByKeyboard) return
    event.preventDefault()
    openFor(article, article.querySelector(".bubble") ?? article)
  })

  // From the conversation as a whole the arrows lead to the newest message that is seen.
  log.parentElement?.addEventListener("keydown", (event) => {
    if (event.target !== log.parentElement || (event.key !== "ArrowUp" && event.key !== "ArrowDown")) return
    const last = [...log.querySelectorAll<HTMLElement>("article")].findLast(
      (each) => each.getBoundingClientRect().top < (log.parentElement?.getBoundingClientRect().bottom ?? 0),
    )
    if (last === undefined) return
    event.preventDefault()
    last.focus()
  })

  let pressing: ReturnType<typeof setTimeout> | undefined
  const release = (): void => clearTimeout(pressing)
  log.addEventListener("pointerdown", (event) => {
    const article = articleAt(event.target)
    if (event.pointerType !== "touch" || article === undefined) return
    pressing = setTimeout(() => openFor(article, article), LONG_PRESS)
  })
  for (const end of ["pointerup", "pointercancel", "pointermove"] as const) log.addEventListener(end, release)

  return root
}
