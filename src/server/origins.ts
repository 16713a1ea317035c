/**
 * Where a request may come from. A page of another site can make a browser send requests here, with cookies if their
 * SameSite rule ever failed; it cannot forge the Origin header. So everything that changes something, and the upgrade to
 * a WebSocket, needs an Origin that is this server under the very address the browser connected to, or one of
 * PUBLIC_ORIGINS when a proxy stands in between.
 */
export function originCheck(publicOrigins: readonly string[]) {
  const allowed = new Set(publicOrigins)
  return (origin: string | undefined, host: string | undefined): boolean =>
    origin !== undefined && (allowed.has(origin) || (host !== undefined && origin === `https://${host.toLowerCase()}`))
}
export type OriginCheck = ReturnType<typeof originCheck>
