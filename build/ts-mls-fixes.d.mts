import type { Plugin } from "esbuild"

/** One library file with the declarations that are replaced in it. */
export interface Fix {
  readonly file: string
  readonly sha256: string
  readonly by: string
  readonly declarations: readonly string[]
}

export declare const FIXES: readonly Fix[]
export declare function tsMlsFixes(fixes?: readonly Fix[]): Plugin
