/** Who is speaking: an account on one of its devices, as a valid session token has shown (sessions.ts). */
import type { AccountName, DeviceId } from "../shared/ids.ts"

export interface Session {
  readonly account: { readonly id: number; readonly name: AccountName }
  readonly device: DeviceId
}
