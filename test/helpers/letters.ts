/** Characters that are hard to search, as pieces of made-up texts: some are several code units, some are seen only with others. */
export const LETTERS = [
  ...["a", "A", "b", "s", "S", "i", "I", "f", "e", "o", "1", ".", "'", '"', "-"],
  ...[" ", "  ", "\n", "\t", "\u00a0", "\u3000"],
  ...["é", "e\u0301", "\u0301", "ß", "ẞ", "ﬁ", "ﬃ", "İ", "ı", "Σ", "ς", "ø", "æ", "’", "Å", "\u212b", "ǆ", "¨", "ŉ"],
  ...["ש", "שׁ", "ָ", "ل", "لا", "ﻻ", "َ", "ـ", "أ", "क", "ी", "्", "ก", "ิ", "か", "が", "ｶﾞ", "한", "ᄒ", "ᅡ"],
  ...["👍", "👍🏽", "👩‍💻", "🇩🇪", "❤️", "🏽", "\u200d", "\ufe0f", "\u00ad", "\u200f", "𝐀", "𝔰", "\ud83d", "\udc4d"],
] as const
