/**
 * Searching the messages of all chats on this device. What is found comes in as one types; the first time, the history has to
 * be read before, and a bar says how far that is. Choosing a message opens its chat there.
 */
import type { Chat } from "../core/chat.ts"
import type { SearchAnswer, SearchProgress } from "../core/search.ts"
import type { SearchPlace, SearchResult } from "../core/search-index.ts"
import type { RoomView } from "../core/types.ts"
import { avatar } from "./avatar.ts"
import { openDialog } from "./dialog.ts"
import { h, setText, show } from "./dom.ts"
import { type FindOption, findBox, marked } from "./find-box.ts"
import { icon } from "./icons.ts"
import { shortTime, titleOf } from "./room-words.ts"
import type { FindActions } from "./switcher.ts"
import { dayWords } from "./words.ts"

const HELP = "Type words in any order, or a “phrase in quotation marks”. Capital letters and accents do not matter."
const NOTHING = "No message on this device has all of these words. Try fewer words, or the beginning of one."
const BROKEN = "The messages on this device could not be read. Reload the page, then try again."
const count = new Intl.NumberFormat()

/** Opens the search with some words; resolves when it is closed. */
export function searchMessages(chat: Chat, actions: FindActions, words: string): Promise<void> {
  return openDialog(
    "Search messages",
    (close) => {
      const box = findBox("Search messages", "Words that were said", () => void search())
      const bar = progressBar()
      let results: SearchResult[] = []
      /** Counts the searches: what an earlier one finds is thrown away. */
      let latest = 0

      async function search(after?: SearchPlace): Promise<void> {
        const number = ++latest
        try {
          const answer = await chat.search(box.text, { progress, ...(after === undefined ? {} : { after }) })
          if (number !== latest) return
          const before = after === undefined ? [] : results
          results = [...before, ...answer.results]
          draw(answer, before.length)
        } catch {
          box.setNote(BROKEN)
        } finally {
          bar.hide()
        }
      }

      function progress(state: SearchProgress): void {
        bar.set(state)
        box.tell("Searching…")
      }

      function draw({ more, since }: SearchAnswer, active: number): void {
        const rooms = new Map(actions.rooms().map((room) => [room.id, room]))
        const options = results.flatMap((result) => {
          const room = rooms.get(result.room)
          return room === undefined ? [] : [messageOption(result, room)]
        })
        const older = more === undefined ? [] : [olderOption(() => void search(more))]
        box.setGroups([{ title: "", options: [...options, ...older] }], active)
        box.setNote([noteOf(options.length), sinceWords(since)].filter((words) => words !== "").join(" "))
        box.tell(options.length === 0 ? noteOf(0) : foundWords(options.length, more !== undefined))
      }

      function noteOf(found: number): string {
        if (box.text.trim() === "") return HELP
        return found === 0 ? NOTHING : ""
      }

      function messageOption(result: SearchResult, room: RoomView): FindOption {
        const { sender, accountKey, mine, at, position } = result
        const who = h("bdi", { class: "hit-name" }, mine ? "You" : sender)
        const where = h("span", { class: "hit-where" }, " in ", h("bdi", {}, titleOf(room, chat.account)))
        const said = h("span", { class: "hit-more" }, h("bdi", {}, ...snippetWords(result)))
        const choose = (): void => {
          close()
          actions.openRoom(room.id, position)
        }
        const time = h(
          "time",
          { datetime: new Date(at).toISOString(), title: dayWords(at, Date.now()) },
          shortTime(at, Date.now()),
        )
        const words = h("span", { class: "clip" }, h("span", { class: "hit-from clip" }, who, where), said)
        return { content: [avatar(sender, accountKey), words, time], choose }
      }

      box.insert(bar.root)
      box.text = words
      box.setNote(HELP)
      void search()
      return [box.root]
    },
    "find",
  )
}

function snippetWords({ snippet, marks, cut }: SearchResult): (HTMLElement | string)[] {
  return [cut.before ? "…" : "", ...marked(snippet, marks), cut.after ? "…" : ""]
}

function olderOption(choose: () => void): FindOption {
  return { content: [h("span", { class: "find-sign" }, icon("down")), h("span", {}, "Show older messages")], choose }
}

const foundWords = (found: number, hasMore: boolean): string =>
  hasMore ? `The newest ${found} messages, there are more` : `${found} ${found === 1 ? "message" : "messages"}`

const sinceWords = (since: number | undefined): string =>
  since === undefined
    ? ""
    : `Only what was said after ${dayWords(since, Date.now())} was searched: there is too much before.`

/** Shown while the history is read for the first time. */
function progressBar() {
  const bar = h("progress", { max: 1, "aria-label": "Searching" })
  const words = h("span")
  const root = h("div", { class: "find-progress" }, words, bar)
  show(root, false)
  const set = ({ done, total }: SearchProgress): void => {
    show(root, done < total)
    bar.value = total === 0 ? 1 : done / total
    setText(words, `Searching… ${count.format(done)} of ${count.format(total)}`)
  }
  return { root, set, hide: () => show(root, false) }
}
