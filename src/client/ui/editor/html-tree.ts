/**
 * Reads the HTML of a clipboard into a plain tree of names, a few attributes and texts. It is no browser's parser and need
 * not be: nothing of it ever becomes a page, what it misreads costs form and never words, and Trusted Types stay without
 * an exception. It reads each character once, nests at most so deep, and never throws.
 */
import { wellFormed } from "../../core/content.ts"

export interface HtmlElement {
  /** In lower case. */
  readonly tag: string
  readonly attributes: ReadonlyMap<string, string>
  readonly children: (HtmlElement | string)[]
}

/** Elements inside one another: what stands deeper is taken as if it stood here. */
const DEPTH_MAX = 200

const VOID = new Set("area base br col embed hr img input link meta param source track wbr".split(" "))
/** Elements whose text is none. */
const RAW = new Set("script style title textarea xmp iframe noembed noframes noscript".split(" "))
const BLOCKS =
  "address article aside blockquote details div dl fieldset figure footer form h1 h2 h3 h4 h5 h6 header hr main nav ol p pre section table ul"
/** Tags whose start ends an element that is still open, up to one of the second list. */
const ENDS: Readonly<Record<string, readonly [closes: readonly string[], within: readonly string[]]>> = {
  ...Object.fromEntries(
    BLOCKS.split(" ").map((tag) => [tag, [["p"], ["td", "th", "li", "blockquote", "div"]] as const]),
  ),
  li: [["li"], ["ul", "ol"]],
  tr: [["tr"], ["table"]],
  td: [
    ["td", "th"],
    ["tr", "table"],
  ],
  th: [
    ["td", "th"],
    ["tr", "table"],
  ],
}

/** Always matches where a tag, a comment or a declaration begins, so no input makes it try twice. */
const TAG = /<(?:!--[\s\S]*?(?:-->|$)|[!?][^>]*(?:>|$)|(\/?)([a-z][^\s/>]*)((?:[^>"']|"[^"]*"|'[^']*')*)(>?))/gi
const ATTRIBUTE = /([^\s=/"'>]+)(?:\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+)))?/g

export function readHtml(html: string): HtmlElement {
  const root: HtmlElement = { tag: "", attributes: new Map(), children: [] }
  const open: HtmlElement[] = [root]
  const top = (): HtmlElement => open.at(-1) ?? root
  let from = 0
  TAG.lastIndex = 0
  for (let found = TAG.exec(html); found !== null; found = TAG.exec(html)) {
    const [, slash = "", name = "", rest = "", end = ""] = found
    const tag = name.toLowerCase()
    // A tag that does not end is none, and what follows is text.
    if (tag !== "" && end === "") break
    addText(top(), html.slice(from, found.index))
    from = TAG.lastIndex
    if (tag === "") continue
    if (slash !== "") {
      endTag(open, tag)
      continue
    }
    const ends = Object.hasOwn(ENDS, tag) ? ENDS[tag] : undefined
    if (ends !== undefined) endImplied(open, ...ends)
    if (RAW.has(tag)) {
      from = TAG.lastIndex = endOfRaw(html, tag, from)
      continue
    }
    const element = { tag, attributes: attributesOf(rest), children: [] }
    top().children.push(element)
    if (!VOID.has(tag) && open.length < DEPTH_MAX) open.push(element)
  }
  addText(top(), html.slice(from))
  return root
}

function addText(element: HtmlElement, raw: string): void {
  if (raw !== "") element.children.push(decoded(raw))
}

function endTag(open: HtmlElement[], tag: string): void {
  const at = open.findLastIndex((each) => each.tag === tag)
  if (at > 0) open.length = at
}

function endImplied(open: HtmlElement[], closes: readonly string[], within: readonly string[]): void {
  for (let at = open.length - 1; at > 0; at--) {
    const tag = open[at]?.tag ?? ""
    if (within.includes(tag)) return
    if (closes.includes(tag)) {
      open.length = at
      return
    }
  }
}

function endOfRaw(html: string, tag: string, from: number): number {
  const end = new RegExp(`</${tag}[^>]*>`, "gi")
  end.lastIndex = from
  return end.exec(html) === null ? html.length : end.lastIndex
}

/** The attributes that say something here. */
function attributesOf(text: string): Map<string, string> {
  const attributes = new Map<string, string>()
  for (const [, name = "", double, single, bare] of text.matchAll(ATTRIBUTE)) {
    const key = name.toLowerCase()
    if (["href", "style", "class"].includes(key)) attributes.set(key, decoded(double ?? single ?? bare ?? ""))
  }
  return attributes
}

/** Names of the characters from 160 on, in their order, and of some others. */
const LATIN = (
  "nbsp iexcl cent pound curren yen brvbar sect uml copy ordf laquo not shy reg macr deg plusmn sup2 sup3 acute micro para " +
  "middot cedil sup1 ordm raquo frac14 frac12 frac34 iquest Agrave Aacute Acirc Atilde Auml Aring AElig Ccedil Egrave " +
  "Eacute Ecirc Euml Igrave Iacute Icirc Iuml ETH Ntilde Ograve Oacute Ocirc Otilde Ouml times Oslash Ugrave Uacute Ucirc " +
  "Uuml Yacute THORN szlig agrave aacute acirc atilde auml aring aelig ccedil egrave eacute ecirc euml igrave iacute icirc " +
  "iuml eth ntilde ograve oacute ocirc otilde ouml divide oslash ugrave uacute ucirc uuml yacute thorn yuml"
).split(" ")
const NAMED: ReadonlyMap<string, string> = new Map([
  ...LATIN.map((name, index) => [name, String.fromCharCode(160 + index)] as const),
  ...Object.entries({
    amp: "&",
    lt: "<",
    gt: ">",
    quot: '"',
    apos: "'",
    ndash: "–",
    mdash: "—",
    hellip: "…",
    bull: "•",
  }),
  ...Object.entries({ lsquo: "‘", rsquo: "’", sbquo: "‚", ldquo: "“", rdquo: "”", bdquo: "„", euro: "€", trade: "™" }),
  ...Object.entries({ ensp: "\u2002", emsp: "\u2003", thinsp: "\u2009", zwnj: "\u200c", zwj: "\u200d" }),
])

function decoded(text: string): string {
  const plain = text.replace(/&(?:#(\d+)|#x([\da-f]+)|([a-z]+\d{0,2}));?/gi, (whole, decimal, hex, name) => {
    if (name !== undefined) return NAMED.get(name) ?? whole
    return character(hex === undefined ? Number.parseInt(decimal, 10) : Number.parseInt(hex, 16))
  })
  return wellFormed(plain.replaceAll("\0", ""))
}

const character = (code: number): string => (code > 0 && code <= 0x10ffff ? String.fromCodePoint(code) : "\ufffd")
