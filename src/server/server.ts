/**
 * One running server: every part made and connected, in the order in which they need one another, and taken down in the
 * opposite one. main.ts starts it for real; tests start it in their own process with a clock of their own.
 *
 * Shutting down: no new connection, then the WebSockets are told to go elsewhere (1001), then what is being written is
 * finished, then the files are closed. Nothing that was acknowledged depends on this: see the store.
 */
import type { IncomingMessage, ServerResponse } from "node:http"
import { createServer } from "node:https"
import os from "node:os"
import path from "node:path"
import { fileURLToPath } from "node:url"
import { LIMITS } from "../shared/limits.ts"
import { accountRoutes } from "./account-routes.ts"
import { Accounts } from "./accounts.ts"
import { CERTIFICATE_CHECK_EVERY, Certificates } from "./certificates.ts"
import { answerClientError } from "./client-error.ts"
import type { Config } from "./config.ts"
import { Gateway } from "./gateway.ts"
import { Guessing } from "./guessing.ts"
import { createRouter, nameOf } from "./http.ts"
import { keyPackageRoutes } from "./key-package-routes.ts"
import { listen, watchConnections } from "./listen.ts"
import { originCheck } from "./origins.ts"
import { pages } from "./pages.ts"
import { Passwords, type Scrypt } from "./passwords.ts"
import { RateLimiter } from "./rate-limit.ts"
import { roomRoutes } from "./room-routes.ts"
import { Rooms } from "./rooms.ts"
import { openSecrets } from "./secret.ts"
import { SessionLogs } from "./session-log.ts"
import { scanStatic } from "./static.ts"
import { openStore } from "./store/index.ts"
import type { After } from "./turn.ts"

const SWEEP_EVERY = 60 * 60 * 1000
const CONNECTIONS_MAX = 2_000
const KEEP_ALIVE = 30_000
/** How often Node looks for requests whose time is over. */
const CHECK_TIMES_EVERY = 5_000

/** What tests replace. */
export interface Surroundings {
  readonly now?: () => number
  readonly report?: (line: string) => void
  /** The folder with pages and build; this package's own by default. */
  readonly staticDir?: string
  /** Pages of 4 KiB that the database may have. */
  readonly maxPages?: number
  /** A quick one, where a test is not about passwords. */
  readonly scrypt?: Scrypt
  /** Timers of the WebSocket side. */
  readonly after?: After
}

export interface RunningServer {
  readonly port: number
  /** What can be opened: host names and addresses of the certificate. */
  readonly names: readonly string[]
  /** SHA-256 of the server's own certificate authority, if the certificate is its own. */
  readonly fingerprint: string | undefined
  readonly setMaxPages: (pages: number) => Promise<void>
  readonly close: () => Promise<void>
}

/** Starts a server. Throws StartError with one line that says what to do. */
export async function startServer(config: Config, surroundings: Surroundings = {}): Promise<RunningServer> {
  const { now = Date.now, report = (line) => process.stderr.write(`${line}\n`), maxPages } = surroundings
  const staticDir = surroundings.staticDir ?? fileURLToPath(new URL("../static", import.meta.url))
  const files = await scanStatic(staticDir)
  const certificates = await Certificates.open({
    dir: config.CERT_DIR,
    certPath: config.SSL_CERT_PATH,
    keyPath: config.SSL_KEY_PATH,
    hostname: os.hostname,
    interfaces: os.networkInterfaces,
    now,
    report,
  })
  const store = await openStore({ dir: config.DATA_DIR, ...(maxPages === undefined ? {} : { maxPages }) })
  const secrets = await openSecrets(config.DATA_DIR, config.SECRET_KEY)
  const rooms = new Rooms(store, now, report)
  const sessionLogs = config.SESSION_LOGS === "on"
  const logs = sessionLogs
    ? await SessionLogs.open({ dir: path.resolve(config.LOG_DIR), serverKey: secrets.serverKey, store, now, report })
    : undefined
  if (logs === undefined) await store.sessionLogs.turn(false)
  rooms.on("committed", (entry) => logs?.append(entry))
  const limiter = new RateLimiter(
    {
      messages: config.LIMIT_MESSAGES,
      typing: config.LIMIT_TYPING,
      commits: config.LIMIT_COMMITS,
      claims: config.LIMIT_CLAIMS,
      "sign-ups": config.LIMIT_SIGN_UPS,
    },
    now,
  )
  const isAllowedOrigin = originCheck(config.PUBLIC_ORIGINS)
  const accounts: Accounts = new Accounts({
    ...{ store, limiter, secrets, now },
    passwords: new Passwords(surroundings.scrypt),
    guessing: new Guessing(now),
    registration: config.REGISTRATION,
    onSessionEnded: (device) => gateway.endSession(device),
    onRetired: (device, statement) => rooms.retire(device, statement),
  })
  const findSession = (cookies: string | undefined) => accounts.findSession(cookies)
  const facts = {
    registration: config.REGISTRATION,
    sessionLogs,
    noticeKey: secrets.noticeKey,
    fingerprint: () => certificates.material.fingerprint ?? null,
  }
  const handle = createRouter({
    routes: [
      ...accountRoutes(accounts, facts),
      ...roomRoutes(rooms, limiter),
      ...keyPackageRoutes({ store, limiter, now }),
    ],
    ...{ isAllowedOrigin, findSession, report },
    addressOf: addressFinder(config.TRUST_PROXY === "on"),
    pages: pages({ files, findSession, check: () => store.check() }),
  })
  const server = createServer(
    {
      ...tlsOf(certificates),
      maxHeaderSize: LIMITS.headersMax,
      headersTimeout: LIMITS.headersWithin,
      requestTimeout: LIMITS.requestWithin,
      keepAliveTimeout: KEEP_ALIVE,
      handshakeTimeout: LIMITS.headersWithin,
      connectionsCheckingInterval: CHECK_TIMES_EVERY,
    },
    (request: IncomingMessage, response: ServerResponse) => handle(request, response),
  )
  server.maxConnections = CONNECTIONS_MAX
  const destroyConnections = watchConnections(server)
  server.on("clientError", answerClientError)
  const gateway = new Gateway({
    ...{ server, rooms, findSession, limiter, isAllowedOrigin, sessionLogs, now, report },
    after: surroundings.after,
    onSeen: (device) => {
      store.devices.seen(device, now()).catch((error: unknown) => report(`seen failed: ${nameOf(error)}`))
    },
  })

  const sweep = () => {
    const { sessions, log, keyPackages, invitations, departures } = store
    const dated = [sessions, log, keyPackages, invitations].map((each) => each.sweep(now()))
    Promise.all([...dated, departures.sweep()]).catch(() =>
      report("What is old could not be removed; it is tried again in an hour."),
    )
  }
  const watchCertificate = async () => {
    if ((await certificates.check()) !== undefined) server.setSecureContext(tlsOf(certificates))
  }
  const timers = [setInterval(sweep, SWEEP_EVERY), setInterval(watchCertificate, CERTIFICATE_CHECK_EVERY)]
  for (const timer of timers) timer.unref()

  const close = async (): Promise<void> => {
    for (const timer of timers) clearInterval(timer)
    const closed = new Promise((resolve) => server.close(resolve))
    await gateway.close()
    destroyConnections()
    await closed
    await logs?.close()
    await store.close()
  }
  const port = await listen(server, config.PORT, config.HOST).catch(async (error: unknown) => {
    await close()
    throw error
  })
  // A connection that the system could not hand over (no file handles left) is no reason to end.
  server.on("error", (error) => report(`A connection failed: ${nameOf(error)}`))
  // A machine that is on for minutes a day would never see the first hour's end. Nobody waits for it.
  sweep()
  const { names, fingerprint } = certificates.material
  return { port, names, fingerprint, close, setMaxPages: (pages) => store.setMaxPages(pages) }
}

/** The version stands here too: a context that is set anew without one would fall back to Node's older default. */
const tlsOf = ({ material: { cert, key } }: Certificates) => ({ minVersion: "TLSv1.3" as const, cert, key })

/** Whose request it is: the other end of the connection, or what a trusted proxy says of it. */
function addressFinder(trustProxy: boolean) {
  return (request: IncomingMessage): string => {
    const forwarded = trustProxy ? request.headers["x-forwarded-for"] : undefined
    const last = String(forwarded ?? "")
      .split(",")
      .at(-1)
      ?.trim()
    return last || request.socket.remoteAddress || "unknown"
  }
}
