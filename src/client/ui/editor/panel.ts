/**
 * What a button of the toolbar opens: it stands above the button, Esc closes it and goes back to the text, and so does
 * whatever takes the focus elsewhere. One is open at a time.
 */

export interface Panel {
  readonly root: HTMLElement
  /** Where the focus goes when it opens. */
  readonly first: () => HTMLElement | undefined
}

export function panels(host: HTMLElement, back: () => void) {
  let open: { readonly panel: Panel; readonly opener: HTMLElement } | undefined

  function close(): void {
    const was = open
    // Taking it out of the page takes the focus out of it, which asks for closing again.
    open = undefined
    was?.opener.setAttribute("aria-expanded", "false")
    was?.panel.root.remove()
  }

  function toggle(opener: HTMLElement, panel: () => Panel): void {
    const isOpen = open?.opener === opener
    close()
    if (!isOpen) show(opener, panel())
  }

  function show(opener: HTMLElement, panel: Panel): void {
    open = { panel, opener }
    opener.setAttribute("aria-expanded", "true")
    host.append(panel.root)
    const room = host.getBoundingClientRect()
    const left = opener.getBoundingClientRect().left - room.left
    panel.root.style.left = `${Math.max(0, Math.min(left, room.width - panel.root.offsetWidth))}px`
    panel.first()?.focus()
  }

  host.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || open === undefined) return
    event.preventDefault()
    event.stopPropagation()
    close()
    back()
  })
  host.addEventListener("focusout", (event) => {
    const to = event.relatedTarget
    const stays = to instanceof Node && (open?.panel.root.contains(to) === true || open?.opener === to)
    if (open?.panel.root.contains(event.target instanceof Node ? event.target : null) === true && !stays) close()
  })

  return { toggle, close }
}
