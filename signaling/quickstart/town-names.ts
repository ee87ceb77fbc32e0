/** The people of the sample town (town.ts), by number. */

/** Two of each. */
const FAMILIES: ReadonlyArray<readonly [name: string, login: string]> = [
  ["佐藤", "sato"],
  ["鈴木", "suzuki"],
  ["高橋", "takahashi"],
  ["田中", "tanaka"],
  ["伊藤", "ito"],
  ["渡辺", "watanabe"],
  ["山本", "yamamoto"],
  ["中村", "nakamura"],
  ["小林", "kobayashi"],
  ["加藤", "kato"],
  ["吉田", "yoshida"],
  ["山田", "yamada"],
  ["佐々木", "sasaki"],
  ["山口", "yamaguchi"],
  ["松本", "matsumoto"],
  ["井上", "inoue"],
  ["木村", "kimura"],
  ["林", "hayashi"],
  ["清水", "shimizu"],
  ["齋藤", "saito"],
];
const GIVEN = ["一郎", "美咲", "健太", "さくら", "直樹", "陽子", "誠", "ひかり", "大輔", "由美"] as const;
export const PEOPLE = 2 * FAMILIES.length;

export function nameOf(i: number): { readonly login: string; readonly name: string } {
  const [family = "", login = ""] = FAMILIES[i % FAMILIES.length] ?? [];
  const given = GIVEN[(i * 7) % GIVEN.length];
  return { login: i < FAMILIES.length ? login : `${login}2`, name: `${family} ${given}` };
}

/** Nobody asks to register their browsers. */
export const townLogins = (): ReadonlySet<string> => new Set(Array.from({ length: PEOPLE }, (_, i) => nameOf(i).login));
