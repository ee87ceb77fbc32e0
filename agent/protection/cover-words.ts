/** What the cover says to those in the office: that somebody is there from afar, in whose name, who, and since when. */

export interface CoverFacts {
  readonly organisation: string;
  /** The organisation's own words; may be empty. */
  readonly text: string;
  readonly person: string;
  /** Epoch ms. */
  readonly since: number;
}

export function coverWords({ organisation, text, person, since }: CoverFacts): string {
  const time = new Intl.DateTimeFormat("ja-JP", { hour: "numeric", minute: "2-digit" }).format(since);
  return ["遠隔で利用中です", text, `${organisation}　${person}さん（${time}から）`]
    .map((line) => line.replaceAll(/\s+/g, " ").trim())
    .filter(Boolean)
    .join("\n");
}
