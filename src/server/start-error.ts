/** What keeps the server from starting and the operator can mend: one line that says what to do. See main.ts. */
export class StartError extends Error {
  override readonly name = "StartError"
}
