/**
 * The client core for Node: everything that core exports, and the platform it runs on here. Built, it is
 * dist/core/index.js, which programs import as `securechat/core`; docs/bots.md shows one.
 */

export { delay } from "../core/delay.ts"
export * from "../core/index.ts"
export { openFileVault } from "./file-vault.ts"
export { MemoryVaults } from "./memory-vault.ts"
export { Network, type NetworkOptions } from "./network.ts"
export { type NodePlatform, type NodePlatformOptions, nodePlatform } from "./platform.ts"
