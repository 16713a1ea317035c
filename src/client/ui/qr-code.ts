/** A QR code as SVG, built by the DOM's own functions. */
import encodeQR from "qr"
import { s } from "./dom.ts"

/** Modules of quiet around the code, as ISO/IEC 18004 section 9.1 asks for at least four. */
const BORDER = 4

/** Draws a text as a QR code that is named `name`. */
export function qrCode(text: string, name: string): SVGSVGElement {
  const rows = encodeQR(text, "raw", { ecc: "medium", border: BORDER })
  const path = rows.flatMap((row, y) => row.flatMap((isDark, x) => (isDark ? [`M${x} ${y}h1v1h-1z`] : []))).join("")
  const attributes = { class: "qr", viewBox: `0 0 ${rows.length} ${rows.length}`, "shape-rendering": "crispEdges" }
  return s("svg", { ...attributes, role: "img", "aria-label": name }, s("path", { fill: "currentColor", d: path }))
}
