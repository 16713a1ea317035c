/** Settings that are one of a few, and settings that are on or off, each with its words. */
import { h } from "./dom.ts"

let groups = 0

/** One of several: radio buttons under a legend. */
export function choices<T extends string>(
  legend: string,
  options: readonly (readonly [T, string])[],
  current: T,
  choose: (value: T) => void,
): HTMLElement {
  const name = `choice-${groups++}`
  const rows = options.map(([value, label]) => {
    const box = h("input", { type: "radio", name, checked: value === current })
    box.addEventListener("change", () => choose(value))
    return h("label", { class: "choice" }, box, label)
  })
  return h("fieldset", { class: "choices" }, h("legend", {}, legend), ...rows)
}

/** On or off. */
export function toggle(label: string, isOn: boolean, change: (isOn: boolean) => void, hint?: string): HTMLElement {
  const box = h("input", { type: "checkbox", checked: isOn })
  box.addEventListener("change", () => change(box.checked))
  const row = h("label", { class: "choice" }, box, label)
  if (hint === undefined) return row
  const id = `choice-${groups++}`
  box.setAttribute("aria-describedby", id)
  return h("div", {}, row, h("p", { class: "hint", id }, hint))
}
