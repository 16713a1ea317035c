/**
 * Building the page. Everything is made by the DOM's own functions: a string is only ever the text of a text node or the
 * value of an attribute, so nothing that anybody writes can become markup, and Trusted Types have nothing to object to.
 */

type Attributes = Readonly<Record<string, string | number | boolean | undefined>>
type Child = Node | string | undefined

/** Makes an element. `true` sets an attribute without a value, `false` and undefined leave it out. */
export function h<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Attributes = {},
  ...children: readonly Child[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag)
  setAttributes(element, attributes)
  element.append(...children.filter((child) => child !== undefined))
  return element
}

const SVG = "http://www.w3.org/2000/svg"

/** Makes an SVG element. */
export function s<K extends keyof SVGElementTagNameMap>(
  tag: K,
  attributes: Attributes = {},
  ...children: readonly Child[]
): SVGElementTagNameMap[K] {
  const element = document.createElementNS(SVG, tag)
  setAttributes(element, attributes)
  element.append(...children.filter((child) => child !== undefined))
  return element
}

function setAttributes(element: Element, attributes: Attributes): void {
  for (const [name, value] of Object.entries(attributes))
    if (value !== undefined && value !== false) element.setAttribute(name, value === true ? "" : String(value))
}

/** Text that only screen readers get. */
export const spoken = (text: string): HTMLElement => h("span", { class: "spoken" }, text)

/** A button with a listener. */
export function button(attributes: Attributes, press: () => void, ...children: readonly Child[]): HTMLButtonElement {
  const element = h("button", { type: "button", ...attributes }, ...children)
  element.addEventListener("click", press)
  return element
}

/** Shows or hides an element. */
export function show(element: HTMLElement, visible: boolean): void {
  element.hidden = !visible
}

/** Key code of keys that an input method has taken, in browsers that don't say isComposing. */
const COMPOSING = 229

/** Whether a key belongs to an input method and means nothing to us. */
export const isComposing = (event: KeyboardEvent): boolean => event.isComposing || event.keyCode === COMPOSING

/** Sets text only when it differs, so that screen readers hear it once. */
export function setText(element: Element, text: string): void {
  if (element.textContent !== text) element.textContent = text
}
