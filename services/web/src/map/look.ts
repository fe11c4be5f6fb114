/** What every part of the style goes by. */
import type { Language } from "@/i18n";

export interface Look {
  readonly language: Language;
  /** The value of a token, such as `token("map-road")`. */
  readonly token: (name: string) => string;
}

/** Drawn by the browser from the reader's own fonts: no glyphs are fetched from anywhere. */
export const FONT = [
  "system-ui",
  "Noto Sans SC",
  "PingFang SC",
  "Microsoft YaHei",
  "Noto Sans CJK SC",
];

/** Before the kind, in the names of layers of marks. */
export const MARKS = "marks";

export const EMPTY: GeoJSON.FeatureCollection = { type: "FeatureCollection", features: [] };
