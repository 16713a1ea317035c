import type { Metafile } from "esbuild"

export declare const EMOJI_PACKAGE: string
export declare function emojiTable(): string
export declare function emojiBytes(
  outputs: Metafile["outputs"],
  sentBytes: (file: string) => Promise<number>,
): Promise<number>
export declare function reportEmojiBytes(bytes: number): void
