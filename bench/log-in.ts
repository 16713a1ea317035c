/**
 * Whether the clock tells a name that exists from one that does not: `node --import tsx bench/log-in.ts [pairs]`.
 *
 * The server runs in this process, from its TypeScript, with real TLS, a real store and the real scrypt. A pair is one
 * log-in with a wrong password to a name that exists and one to a name that nobody has, in random order, each without
 * cookies as from a fresh browser; all go over one kept connection, which is what a patient attacker would use. The
 * server's clock goes on by a quarter of an hour each time, so that earlier failures have faded and nothing is slowed down.
 *
 * The statistic is Mann and Whitney's: how likely an unknown name takes longer than a known one (0.5: a coin), and how many
 * standard deviations that is from the coin. Below 2 nothing was seen with that many pairs; it proves no equality. What
 * is sure is in test/scenario/a-log-in-tells-nobody-whether-a-name-exists.test.ts: both take the same steps.
 */
import { randomInt } from "node:crypto"
import { once } from "node:events"
import { Agent, request } from "node:https"
import { performance } from "node:perf_hooks"
import { text } from "node:stream/consumers"
import { API } from "../src/shared/api.ts"
import { authOf, named, newDevice, signUpBody } from "../test/helpers/accounts.ts"
import { startTestServer } from "../test/helpers/ws-server.ts"

const PAIRS = Number(process.argv[2] ?? 200)
const WARM_UP = 10
const NAMES = 8
const STEP = 15 * 60 * 1000

interface Client {
  /** Posts and resolves to status and milliseconds, from the request to the whole answer. */
  post(path: string, body: unknown): Promise<{ readonly status: number; readonly took: number }>
  end(): void
}

function clientOf(port: number): Client {
  const agent = new Agent({ keepAlive: true, maxSockets: 1, rejectUnauthorized: false })
  const headers = { "Content-Type": "application/json", Origin: `https://127.0.0.1:${port}` }
  return {
    async post(path, body) {
      const from = performance.now()
      const asked = request({ host: "127.0.0.1", port, path, method: "POST", agent, headers })
      asked.end(JSON.stringify(body))
      const [response] = await once(asked, "response")
      await text(response)
      return { status: response.statusCode, took: performance.now() - from }
    },
    end: () => agent.destroy(),
  }
}

/** The value below which this part of the values lies. */
function quantile(values: readonly number[], part: number): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(part * sorted.length))] ?? Number.NaN
}

/** Mann and Whitney: P(a > b), and its distance from one half in standard deviations of equal distributions. */
function compare(
  a: readonly number[],
  b: readonly number[],
): { readonly likelier: number; readonly deviations: number } {
  let wins = 0
  for (const each of a) for (const other of b) wins += each > other ? 1 : each === other ? 0.5 : 0
  const pairs = a.length * b.length
  const spread = Math.sqrt((pairs * (a.length + b.length + 1)) / 12)
  return { likelier: wins / pairs, deviations: (wins - pairs / 2) / spread }
}

const say = (line: string) => console.log(line)
const inMs = (value: number) => `${value.toFixed(2).padStart(8)} ms`

async function main(): Promise<void> {
  const ends: (() => unknown)[] = []
  const owner = { after: (end: () => unknown) => ends.push(end) }
  const began = Date.now()
  let passed = 0
  const now = () => began + passed
  const settings = { LIMIT_SIGN_UPS: "9999, 9999/s" }
  const { port } = await startTestServer(owner, { accounts: 0, now, settings })
  const client = clientOf(port)
  const names = { known: [] as string[], unknown: [] as string[] }
  for (let number = 0; number < NAMES; number++) {
    names.known.push(`person-${number}`)
    names.unknown.push(`nobody-${number}`)
    await client.post(API.signUp.path, API.signUp.body.write(signUpBody(`person-${number}`)))
  }
  const took = { known: [] as number[], unknown: [] as number[] }
  for (let pair = -WARM_UP; pair < PAIRS; pair++) {
    const order = randomInt(2) === 0 ? (["known", "unknown"] as const) : (["unknown", "known"] as const)
    for (const kind of order) {
      passed += STEP
      const name = named(names[kind][(pair + WARM_UP) % NAMES] ?? "")
      const guess = { name, auth: authOf(`guess ${pair}`), device: newDevice(), deviceName: "Bench" }
      const body = API.logIn.body.write(guess)
      const answer = await client.post(API.logIn.path, body)
      if (answer.status !== 401) throw new Error(`a wrong password was answered ${answer.status}`)
      if (pair >= 0) took[kind].push(answer.took)
    }
  }
  client.end()
  for (const [kind, values] of Object.entries(took)) {
    const [median, late] = [quantile(values, 0.5), quantile(values, 0.95)]
    say(`${kind.padEnd(8)} ${values.length} log-ins: median ${inMs(median)}, 95th percentile ${inMs(late)}`)
  }
  const { likelier, deviations } = compare(took.unknown, took.known)
  say(`an unknown name takes longer in ${(100 * likelier).toFixed(1)} % of pairs: ${deviations.toFixed(2)} deviations`)
  for (const end of ends.reverse()) await end()
}

await main()
