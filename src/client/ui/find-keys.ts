/** The keys that open the switcher from anywhere on the page: Ctrl+K and Cmd+K. */

const isApple = (): boolean => /Mac|iPhone|iPad/.test(navigator.userAgent)

/** How the keys are written on a button, and in aria-keyshortcuts. */
export const FIND_KEYS = isApple() ? { shown: "⌘K", spoken: "Meta+K" } : { shown: "Ctrl K", spoken: "Control+K" }

/** Whether a key press is one of them. On layouts without a Latin K, the key where it stands on others counts. */
export function isFind({ key, code, ctrlKey, metaKey, altKey, shiftKey }: KeyboardEvent): boolean {
  if (ctrlKey === metaKey || altKey || shiftKey) return false
  return key.toLowerCase() === "k" || (code === "KeyK" && !/^[a-z]$/i.test(key))
}
