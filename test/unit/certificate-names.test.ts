/** Which names and addresses a certificate may carry: src/server/certificates/addresses.ts. */
import assert from "node:assert/strict"
import type { NetworkInterfaceInfo } from "node:os"
import { test } from "node:test"
import fc from "fast-check"
import {
  ADDRESSES_MAX,
  addressBytes,
  addressText,
  hostNameOf,
  inRange,
  machineNames,
  PRIVATE_RANGES,
} from "../../src/server/certificates/addresses.ts"

/** Interfaces with these addresses, each of its own. */
function interfacesOf(...addresses: readonly string[]): NodeJS.Dict<NetworkInterfaceInfo[]> {
  const rest = { netmask: "", mac: "", internal: false, cidr: null }
  const infos = addresses.map((address): NetworkInterfaceInfo[] => [
    address.includes(":") ? { address, family: "IPv6", scopeid: 0, ...rest } : { address, family: "IPv4", ...rest },
  ])
  return Object.fromEntries(infos.map((list, at) => [`eth${at}`, list]))
}

const isPrivate = (address: string): boolean => {
  const bytes = addressBytes(address)
  assert.ok(bytes !== undefined, address)
  return PRIVATE_RANGES.some((range) => inRange(bytes, range))
}

test("every private range holds its first and last address and neither neighbour", () => {
  const edges: readonly (readonly [string, string, string, string])[] = [
    ["126.255.255.255", "127.0.0.0", "127.255.255.255", "128.0.0.0"],
    ["9.255.255.255", "10.0.0.0", "10.255.255.255", "11.0.0.0"],
    ["172.15.255.255", "172.16.0.0", "172.31.255.255", "172.32.0.0"],
    ["192.167.255.255", "192.168.0.0", "192.168.255.255", "192.169.0.0"],
    ["169.253.255.255", "169.254.0.0", "169.254.255.255", "169.255.0.0"],
    ["::", "::1", "::1", "::2"],
    ["fe7f:ffff::1", "fe80::", "febf:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "fec0::"],
    ["fbff:ffff::1", "fc00::", "fdff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "fe00::"],
  ]
  for (const [before, first, last, after] of edges)
    assert.deepEqual([before, first, last, after].map(isPrivate), [false, true, true, false], first)
})

test("an IPv4 address in the clothes of IPv6 is not private", () => {
  for (const address of ["::ffff:10.0.0.1", "::ffff:127.0.0.1", "::10.0.0.1", "64:ff9b::10.0.0.1"])
    assert.equal(isPrivate(address), false, address)
})

test("any address is written and read back as the same bytes", () => {
  const bytes = fc.oneof(
    fc.uint8Array({ minLength: 4, maxLength: 4 }),
    fc.uint8Array({ minLength: 16, maxLength: 16 }),
    fc.array(fc.constantFrom(0, 0, 0, 1, 255), { minLength: 16, maxLength: 16 }).map((list) => Uint8Array.from(list)),
  )
  fc.assert(fc.property(bytes, (given) => assert.deepEqual(addressBytes(addressText(given) ?? ""), given)))
  for (const length of [0, 3, 5, 15, 17]) assert.equal(addressText(new Uint8Array(length)), undefined)
})

test("what is no address has no bytes, and a zone id does not count", () => {
  for (const bad of ["", "localhost", "1.2.3", "1.2.3.4.5", "256.1.1.1", "fe80::1::2", "10.0.0.0/8", "%eth0"])
    assert.equal(addressBytes(bad), undefined, bad)
  assert.deepEqual(addressBytes("fe80::1%eth0"), addressBytes("fe80::1"))
})

test("a host name is small letters by RFC 1123, or none", () => {
  const good = { "Kitchen-PI": "kitchen-pi", "box.example.com.": "box.example.com", a: "a", "3com": "3com" }
  for (const [given, name] of Object.entries(good)) assert.equal(hostNameOf(given), name)
  const label = "a".repeat(63)
  assert.equal(hostNameOf(label), label)
  assert.equal(hostNameOf(`${label}a`), undefined)
  const longest = `${label}.${label}.${label}.${"a".repeat(61)}`
  assert.equal(hostNameOf(longest), longest)
  assert.equal(hostNameOf(`${longest}a`), undefined)
  const bad = [
    "",
    ".",
    "my_box",
    "münchen",
    "-a",
    "a-",
    "a..b",
    "*.local",
    "a b",
    "192.168.1.5",
    "7",
    "box.0x7f",
    "a\0b",
  ]
  for (const name of bad) assert.equal(hostNameOf(name), undefined, name)
})

test("a machine is named by localhost, its host name, that name under local, and its private addresses", () => {
  const interfaces = interfacesOf("127.0.0.1", "::1", "192.168.1.20", "fd00::2", "169.254.7.7")
  assert.deepEqual(machineNames("Cellar", interfaces), {
    host: "cellar",
    hosts: ["localhost", "cellar", "cellar.local"],
    addresses: ["127.0.0.1", "::1", "192.168.1.20", "fd00::2", "169.254.7.7"],
  })
})

test("public addresses and those that need a zone id are left out", () => {
  const interfaces = interfacesOf(
    "203.0.113.9",
    "192.0.2.2",
    "2001:db8::1",
    "fe80::1",
    "fe80::1%eth0",
    "::ffff:10.0.0.1",
  )
  assert.deepEqual(machineNames("box", interfaces).addresses, ["127.0.0.1", "::1"])
})

test("a machine called like a public top-level domain goes by its name under local only", () => {
  for (const name of ["dev", "COM", "org", "de", "uk", "eu", "io", "cloud"]) {
    const { host, hosts } = machineNames(name, {})
    assert.deepEqual([host, hosts], [undefined, ["localhost", `${name.toLowerCase()}.local`]])
  }
  for (const name of ["dev1", "a", "vm", "pc", "pi", "pi4", "raspberrypi", "d3", "dev.example"])
    assert.equal(machineNames(name, {}).host, name)
})

test("a host name is not named twice, and a bad one not at all", () => {
  const hosts = (name: string) => machineNames(name, { lo: undefined }).hosts
  assert.deepEqual(hosts("Mac.local"), ["localhost", "mac.local"])
  assert.deepEqual(hosts("box.example.com"), ["localhost", "box.example.com", "box.local"])
  for (const name of ["localhost", "localhost.localdomain", "my_box", "", "10.0.0.1"])
    assert.deepEqual(hosts(name), ["localhost"], name)
})

test("no more addresses than the bound, and none twice", () => {
  const many = (count: number) => Array.from({ length: count }, (_, at) => `10.0.${at >> 8}.${at & 255}`)
  const count = (n: number) => machineNames("box", interfacesOf(...many(n), ...many(n))).addresses.length
  assert.equal(count(ADDRESSES_MAX - 2), ADDRESSES_MAX)
  assert.equal(count(ADDRESSES_MAX - 3), ADDRESSES_MAX - 1)
  assert.equal(count(ADDRESSES_MAX - 1), ADDRESSES_MAX)
})
