/**
 * Random operations by six people over the real core and the real server, until there were so many of them:
 * `node --import tsx bench/fuzz.ts [operations] [first seed]`. Each seed has a server, people and rooms of its own.
 *
 * A disagreement ends it, with the seed and what had been done; see test/helpers/fuzz.ts for what is compared.
 */
import { Fuzz } from "../test/helpers/fuzz.ts"
import { randomness } from "../test/helpers/randomness.ts"
import { owning, say } from "./measure.ts"

const WANTED = Number(process.argv[2] ?? 10_000)
const FIRST_SEED = Number(process.argv[3] ?? 0)
const PER_SEED = 200

/** Runs one seed; resolves to what was done, by name. */
async function runSeed(seed: number): Promise<ReadonlyMap<string, number>> {
  const owner = owning()
  const fuzz = await Fuzz.start(owner, randomness(seed))
  try {
    let operations = 0
    while (operations < PER_SEED) operations += await fuzz.round()
    return fuzz.done
  } catch (error) {
    say(`seed ${seed}\n${fuzz.story.slice(-30).join("\n")}`)
    throw error
  } finally {
    await owner.end()
  }
}

const done = new Map<string, number>()
let total = 0
const begun = performance.now()
for (let seed = FIRST_SEED; total < WANTED; seed++) {
  for (const [name, count] of await runSeed(seed)) {
    done.set(name, (done.get(name) ?? 0) + count)
    total += count
  }
  const seconds = Math.round((performance.now() - begun) / 1000)
  say(`seed ${seed}: ${total} operations so far, ${seconds} s`)
}
say([...done].map(([name, count]) => `${name} ${count}`).join(", "))
say(`${total} operations, no disagreement`)
