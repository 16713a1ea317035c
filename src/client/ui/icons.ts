/** The icons, drawn for this project on a grid of 20: strokes of 1.6 with round ends. Each is decoration: names stand beside. */
import { s } from "./dom.ts"

const PATHS = {
  lock: [
    "M5 8.75h10a1 1 0 0 1 1 1v6a1 1 0 0 1-1 1H5a1 1 0 0 1-1-1v-6a1 1 0 0 1 1-1z",
    "M6.75 8.5V6.25a3.25 3.25 0 0 1 6.5 0V8.5",
  ],
  out: ["M8 3.5H5.5a2 2 0 0 0-2 2v9a2 2 0 0 0 2 2H8", "M8.5 10h8M13.5 6.75 16.75 10l-3.25 3.25"],
  send: ["M10 16.25V4M4.75 9 10 3.75 15.25 9"],
  down: ["M10 4v12M4.75 11 10 16.25 15.25 11"],
  back: ["M12.5 4.5 7 10l5.5 5.5"],
  house: ["M3.5 9.25 10 3.75l6.5 5.5M5.25 8v7.25h9.5V8M8.5 15V11.5h3V15"],
  eye: [
    "M2.5 10S5 4.75 10 4.75 17.5 10 17.5 10 15 15.25 10 15.25 2.5 10 2.5 10Z",
    "M12.25 10a2.25 2.25 0 1 1-4.5 0 2.25 2.25 0 0 1 4.5 0Z",
  ],
  alert: ["M10 3.25 2.75 16h14.5z", "M10 8v3.75M10 13.9v.01"],
  shield: ["M10 2.75 4 5v4.5c0 3.8 2.5 6.4 6 7.75 3.5-1.35 6-3.95 6-7.75V5z", "m7.4 9.9 1.9 1.9 3.4-3.8"],
  copy: [
    "M8.5 7h6.5a1.5 1.5 0 0 1 1.5 1.5V15a1.5 1.5 0 0 1-1.5 1.5H8.500A1.500 1.500 0 0 1 7 15V8.500A1.500 1.500 0 0 1 8.500 7z",
    "M13 7V5.5a2 2 0 0 0-2-2H5.5a2 2 0 0 0-2 2V11a2 2 0 0 0 2 2H7",
  ],
  joined: [
    "M11 6.75a3 3 0 1 1-6 0 3 3 0 0 1 6 0Z",
    "M2.75 16.25c.4-3 2.5-4.5 5.25-4.5 1.6 0 3 .5 3.9 1.5M15 11.500v5M12.500 14h5",
  ],
  offline: [
    "M3 7.500a11 11 0 0 1 3-1.900M9.500 4.600c2.800-.2 5.500.8 7.500 2.900M5.750 10.750A6 6 0 0 1 8.500 9.100M8.500 13.600a2.200 2.200 0 0 1 3 0M10 16v.01M3.500 3.500l13 13",
  ],
  clock: ["M17 10a7 7 0 1 1-14 0 7 7 0 0 1 14 0Z", "M10 6.25V10l2.5 1.75"],
  sent: ["m5.5 10.6 3 3 6-7"],
  delivered: ["m2.5 10.6 3 3 6-7M9.3 12.6l1 1 6.2-7"],
  key: ["M10.250 13.250a3.500 3.500 0 1 1-7 0 3.500 3.500 0 0 1 7 0Z", "m9.3 10.7 7.2-7.2M13.5 6.5l2 2"],
} as const satisfies Record<string, readonly string[]>

export type IconName = keyof typeof PATHS

/** Draws an icon. */
export function icon(name: IconName): SVGSVGElement {
  const paths = PATHS[name].map((d) => s("path", { d }))
  return s("svg", { class: "icon", viewBox: "0 0 20 20", "aria-hidden": "true" }, ...paths)
}

const LOGO =
  "M8.500 3h11A6.500 6.500 0 0 1 26 9.500v6a6.500 6.500 0 0 1-6.500 6.500H13l-5.300 4.100c-.7.5-1.700 0-1.700-.8V21.500A6.500 6.500 0 0 1 2 15.500v-6A6.500 6.500 0 0 1 8.500 3ZM14 7.600a2.900 2.900 0 0 0-1.500 5.380l-.75 3.440c-.1.5.27.98.78.98h2.940c.5 0 .88-.48.78-.98l-.75-3.440A2.900 2.900 0 0 0 14 7.600Z"

/** The mark and the name. */
export function logo(): SVGSVGElement {
  const path = s("path", { d: LOGO, fill: "currentColor", "fill-rule": "evenodd" })
  return s("svg", { class: "mark", viewBox: "0 0 28 28", "aria-hidden": "true" }, path)
}
