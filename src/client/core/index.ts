/**
 * SecureChat's client, without an interface: sign up or log in, open the chat, listen and send. The same code runs in browsers
 * and in Node; what differs is the Platform that it is given (platform.ts).
 */
export { readRecoveryCode, writeRecoveryCode } from "../../shared/recovery-code.ts"
export { forget, logIn, logOut, signUp } from "./account.ts"
export { Chat } from "./chat.ts"
export { lastSeen, listDevices, type OwnDevice, retireDevice } from "./devices.ts"
export { openChat } from "./opening.ts"
export { ownDevice } from "./own-device.ts"
export { changePassword, makeRecoveryCode } from "./password.ts"
export { type PasswordFault, passwordFault } from "./passwords.ts"
export * from "./platform.ts"
export { recover, resetAccount } from "./recovery.ts"
export type { SearchAnswer, SearchOptions, SearchProgress } from "./search.ts"
export type { SearchPlace, SearchResult } from "./search-index.ts"
export * from "./types.ts"
