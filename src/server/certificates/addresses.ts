/**
 * Which names and addresses the server's own certificate may carry, and which ones this machine has. It holds only
 * constants. Everything here is private by definition: names that no public registry hands out (RFC 6761, RFC 6762,
 * RFC 8375, ICANN's `internal`) and address ranges that no public network routes. A stolen authority key can
 * therefore pretend to be a machine in the same house, and nothing on the internet.
 */
import { isIP } from "node:net"
import type { NetworkInterfaceInfo } from "node:os"

/** Names below which (and at which) the authority may name a machine, besides the machine's own host name. */
export const PRIVATE_DOMAINS = ["localhost", "local", "lan", "internal", "home.arpa"] as const

/** Most addresses in one certificate; a machine with more (one per container network) keeps the first. */
export const ADDRESSES_MAX = 64

const ALWAYS = ["127.0.0.1", "::1"] as const

/**
 * Public top-level domains that somebody may call a machine after. To permit the host name `dev` is to permit
 * everything below `dev` as well, so such a machine goes by `dev.local` only. Of over a thousand this is a selection;
 * the ones of two letters are countries' and come from Node's own table of regions.
 */
const TOP_LEVEL_DOMAINS = new Set(
  (
    "academy agency app art bar bike biz blog blue box build business cafe camp center chat click cloud club " +
    "codes com community company computer cool design dev digital earth edu email energy family farm fun fyi " +
    "games garden gdn global green group guru haus help homes host hosting house icu info ink int kitchen land " +
    "life link live lol love media men mobi moe monster museum name net network news ninja one online org page " +
    "party pet photo photos pics pink plus pro quest red rocks run school science services shop site social " +
    "software solar solutions space store stream studio sucks support surf systems team tech technology tips " +
    "tools top toys training tube uno video vip watch web website wiki win work works world wtf xyz zip zone"
  ).split(" "),
)

const REGIONS = new Intl.DisplayNames("en", { type: "region", fallback: "none" })

/** A block of addresses: 4 or 16 bytes of network and a mask as long. */
export interface AddressRange {
  readonly network: Uint8Array
  readonly mask: Uint8Array
}

/** Loopback, link-local and private use: RFC 1122, RFC 1918, RFC 3927, RFC 4291, RFC 4193. */
export const PRIVATE_RANGES: readonly AddressRange[] = [
  "127.0.0.0/8",
  "10.0.0.0/8",
  "172.16.0.0/12",
  "192.168.0.0/16",
  "169.254.0.0/16",
  "::1/128",
  "fe80::/10",
  "fc00::/7",
].map(parseRange)

const LINK_LOCAL_V6 = parseRange("fe80::/10")

function parseRange(text: string): AddressRange {
  const [address = "", prefix] = text.split("/")
  const network = addressBytes(address)
  if (network === undefined) throw new RangeError("not an address range")
  const bits = Number(prefix)
  const mask = network.map((_, at) => 0xff & ~(0xff >> Math.min(8, Math.max(0, bits - at * 8))))
  return { network, mask }
}

/**
 * The 4 or 16 bytes of an IPv4 or IPv6 address, network order. A zone id (`fe80::1%eth0`) means something only on
 * this machine and is dropped. Undefined for text that is no address.
 */
export function addressBytes(text: string): Uint8Array | undefined {
  const [address = ""] = text.split("%")
  const version = isIP(address)
  if (version === 0) return undefined
  if (version === 4) return Uint8Array.from(address.split("."), Number)
  const [head = "", tail] = canonicalV6(address).split("::")
  const before = groupsOf(head)
  const after = groupsOf(tail ?? "")
  const zeros = new Array<number>(8 - before.length - after.length).fill(0)
  return Uint8Array.from([...before, ...zeros, ...after].flatMap((group) => [group >> 8, group & 0xff]))
}

function groupsOf(text: string): number[] {
  return text === "" ? [] : text.split(":").map((group) => Number.parseInt(group, 16))
}

/** An address in the one spelling of RFC 5952. `bytes` are 4 or 16; undefined for any other count. */
export function addressText(bytes: Uint8Array): string | undefined {
  if (bytes.length === 4) return bytes.join(".")
  if (bytes.length !== 16) return undefined
  const groups = Array.from({ length: 8 }, (_, at) =>
    (((bytes[2 * at] ?? 0) << 8) | (bytes[2 * at + 1] ?? 0)).toString(16),
  )
  return canonicalV6(groups.join(":"))
}

function canonicalV6(address: string): string {
  return new URL(`https://[${address}]`).hostname.slice(1, -1)
}

/** Whether an address lies in a range; one of the other version never does. */
export function inRange(address: Uint8Array, { network, mask }: AddressRange): boolean {
  return address.length === network.length && address.every((byte, at) => (byte & (mask[at] ?? 0)) === network[at])
}

/** Whether `name` is `domain` or lies below it (RFC 5280 section 4.2.1.10). Both in small letters. */
export function inDomain(name: string, domain: string): boolean {
  return name === domain || name.endsWith(`.${domain}`)
}

/**
 * A machine's name as a certificate can carry it: small letters, without a final dot. Undefined when it is no host
 * name by RFC 1123 (an underscore, a letter outside ASCII, a label over 63 or a name over 253 characters), or when its last
 * label is a number, which browsers read as an IPv4 address (WHATWG URL, "ends in a number").
 */
export function hostNameOf(text: string): string | undefined {
  const name = text.toLowerCase().replace(/\.$/, "")
  const labels = name.split(".")
  const good = labels.every((label) => /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/.test(label))
  return good && name.length <= 253 && !/^(?:\d+|0x[\da-f]*)$/.test(labels.at(-1) ?? "") ? name : undefined
}

function isTopLevelDomain(name: string): boolean {
  const country = /^[a-z]{2}$/.test(name) ? REGIONS.of(name.toUpperCase()) : undefined
  return country !== undefined || TOP_LEVEL_DOMAINS.has(name)
}

/** What a certificate names: host names in small letters, addresses in the spelling of RFC 5952, none twice. */
export interface Names {
  /** The machine's own host name, when it has one that an authority may be given. */
  readonly host?: string | undefined
  readonly hosts: readonly string[]
  readonly addresses: readonly string[]
}

/**
 * What this machine can be opened by: `localhost`, its host name, that name below `local` (mDNS), loopback, and every
 * interface's address inside PRIVATE_RANGES, at most ADDRESSES_MAX. A public address is left out since the authority
 * may not name it; an IPv6 link-local one since no browser opens an address that needs a zone id, and each new
 * container network would bring one and with it a new certificate; a host name that is a public top-level domain too,
 * as the authority would own all of it.
 */
export function machineNames(hostname: string, interfaces: NodeJS.Dict<NetworkInterfaceInfo[]>): Names {
  const name = hostNameOf(hostname)
  const host = name !== undefined && isTopLevelDomain(name) ? undefined : name
  const label = name?.split(".")[0]
  const hosts = label === undefined || label === "localhost" ? [] : [host ?? [], `${label}.local`].flat()
  const found = Object.values(interfaces).flatMap((infos) => (infos ?? []).map((info) => info.address))
  const addresses = [...ALWAYS, ...found].map(addressBytes).flatMap((bytes) => {
    const named = bytes !== undefined && PRIVATE_RANGES.some((range) => inRange(bytes, range))
    const address = named && !inRange(bytes, LINK_LOCAL_V6) ? addressText(bytes) : undefined
    return address === undefined ? [] : [address]
  })
  return {
    host,
    hosts: [...new Set(["localhost", ...hosts])],
    addresses: [...new Set(addresses)].slice(0, ADDRESSES_MAX),
  }
}
