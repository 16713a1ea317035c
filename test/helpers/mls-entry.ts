/** What the tests' MLS bundle exports (mls-bundle.ts). Never imported directly: its library would be the unfixed one. */
export * as core from "../../src/client/core/mls/index.ts"
export { suite } from "../../src/client/core/mls/suite.ts"
