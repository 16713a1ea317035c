/** A short run of the fuzz over core and server; bench/fuzz.ts does the long one. One seed alone: FLEET_FUZZ_SEED=7. */
import { test } from "node:test"
import { Fuzz } from "../helpers/fuzz.ts"
import { randomness } from "../helpers/randomness.ts"

const SEED = Number(process.env["FLEET_FUZZ_SEED"] ?? 1)
const OPERATIONS = 25

test(`six people and a model of who belongs where agree after each round of ${OPERATIONS} random operations`, async (t) => {
  const fuzz = await Fuzz.start(t, randomness(SEED))
  for (let done = 0; done < OPERATIONS; ) done += await fuzz.round()
})
