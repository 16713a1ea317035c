/** What the sign-in page needs of core: accounts, and none of the rooms' code. */
export { logIn, signUp } from "./account.ts"
export { call } from "./api.ts"
export { type PasswordFault, passwordFault } from "./passwords.ts"
export type { Platform } from "./platform.ts"
export { recover, resetAccount } from "./recovery.ts"
export { ClientError, type ClientErrorCode } from "./types.ts"
