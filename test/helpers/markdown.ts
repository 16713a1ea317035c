/** Reads the tables of a Markdown page, strictly enough that a test can hold a page and the code to one another. */

export interface Table {
  /** The headings that the table stands under, the page's title first. */
  readonly under: readonly string[]
  /** The last line of text before the table, without its colon. */
  readonly caption: string
  readonly columns: readonly string[]
  readonly rows: readonly (readonly string[])[]
}

/** All tables of a page, in order. Throws for a row that has not as many cells as its table has columns. */
export function tablesOf(page: string): Table[] {
  const tables: Table[] = []
  let under: string[] = []
  let caption = ""
  const blocks = page.split(/\n{2,}/)
  for (const block of blocks) {
    const heading = /^(#{1,6}) (.+)$/.exec(block)
    if (heading !== null) {
      under = [...under.slice(0, (heading[1]?.length ?? 1) - 1), heading[2] ?? ""]
      caption = ""
    } else if (block.startsWith("|")) {
      tables.push({ under, caption, ...tableOf(block.trim()) })
    } else {
      caption = block.split("\n").at(-1)?.replace(/:$/, "") ?? ""
    }
  }
  return tables
}

function tableOf(block: string): Pick<Table, "columns" | "rows"> {
  const [head = "", rule = "", ...rest] = block.split("\n")
  const columns = cellsOf(head)
  if (!/^\|(?:-+\|)+$/.test(rule)) throw new Error(`no rule under the head of the table: ${head}`)
  const rows = rest.map((line) => {
    const cells = cellsOf(line)
    if (cells.length !== columns.length) throw new Error(`another number of cells than columns: ${line}`)
    return cells
  })
  return { columns, rows }
}

function cellsOf(line: string): string[] {
  if (!/^\|.*\|$/.test(line)) throw new Error(`not a row of a table: ${line}`)
  return line
    .slice(1, -1)
    .split("|")
    .map((cell) => cell.trim())
}

/** The files that a page links to, as written, without those on other hosts and without the part after #. */
export function linksOf(page: string): string[] {
  const links = [...page.matchAll(/\]\(([^)\s]+)\)/g)].map(([, link = ""]) => link.replace(/#.*$/, ""))
  return links.filter((link) => link !== "" && !/^[a-z]+:/.test(link))
}
