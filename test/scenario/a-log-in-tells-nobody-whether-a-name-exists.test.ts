import assert from "node:assert/strict"
import { test } from "node:test"
import { API } from "../../src/shared/api.ts"
import { parseJson } from "../../src/shared/protocol.ts"
import { startAccountServer } from "../helpers/account-server.ts"
import type { Answered } from "../helpers/http-client.ts"

/** All that somebody outside can tell two answers apart by, other than time, their date left out. */
const seen = ({ status, headers, body }: Answered) => ({ status, body, headers: { ...headers, date: "" } })

/** A network of its own for each number, so that the counts of addresses stay out of it. */
const from = (number: number) => `10.0.${number}.1`

test("a wrong password and a name that nobody has get the same status, text and headers, and cost the same", async (t) => {
  const { signUp, logIn, asked } = await startAccountServer(t)
  const cookie = await signUp("anna", from(0))
  for (const sent of [{}, { cookie }]) {
    const answers = []
    for (const name of ["anna", "nobody"]) {
      asked.length = 0
      const answer = await logIn({ name, password: "wrong", from: from(0), ...sent })
      answers.push({ ...seen(answer), steps: [...asked] })
    }
    const [known, unknown] = answers
    assert.deepEqual(unknown, known)
    assert.equal(known?.status, 401)
    assert.equal(known?.headers["set-cookie"], undefined)
    assert.equal(known?.steps.filter((step) => step.startsWith("scrypt")).length, 1)
  }
})

test("both are slowed down at the same try, by the same wait, with the same words", async (t) => {
  const { signUp, logIn, pass } = await startAccountServer(t)
  await signUp("anna", from(0))
  const heard: Record<"anna" | "nobody", ReturnType<typeof seen>[]> = { anna: [], nobody: [] }
  for (let tries = 0; tries < 12; tries++) {
    heard.anna.push(seen(await logIn({ name: "anna", password: "wrong", from: from(2 * tries) })))
    heard.nobody.push(seen(await logIn({ name: "nobody", password: "wrong", from: from(2 * tries + 1) })))
    if (tries > 6) pass(1000)
  }
  assert.deepEqual(heard.nobody, heard.anna)
  const statuses = heard.anna.map(({ status }) => status)
  assert.deepEqual([...new Set(statuses)], [401, 429])
})

test("a salt has the same form for both, stays the same, also after guesses, and is asked for at the same cost", async (t) => {
  const { signUp, salt, logIn, asked } = await startAccountServer(t)
  await signUp("anna", from(0))
  const salts = new Map<string, string>()
  const forms = []
  for (const name of ["anna", "nobody", "nobody2"]) {
    asked.length = 0
    const answer = await salt(name, from(1))
    const { salt: bytes, iterations } = API.salt.answer.parse(parseJson(answer.body), "answer")
    salts.set(name, answer.body)
    forms.push({ ...seen(answer), body: { length: bytes.length, iterations }, steps: [...asked] })
  }
  const [known, ...unknown] = forms
  for (const form of unknown) assert.deepEqual(form, known)
  assert.equal(new Set(salts.values()).size, salts.size)
  for (const name of salts.keys()) {
    await logIn({ name, password: "wrong", from: from(2) })
    assert.equal((await salt(name, from(3))).body, salts.get(name), name)
  }
})
