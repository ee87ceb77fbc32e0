/** `agent locks`: whom this PC keeps out because an administrator locked them. Lifting takes effect at once, on this PC only. */
import { LockId } from "../../signaling/protocol/ids.ts";
import { locksPaths } from "../settings/paths.ts";
import { type KeptLock, Locks } from "../trust/locks.ts";
import type { Print } from "./print.ts";

export async function listLocks(o: { stateDir: string; print: Print }): Promise<void> {
  const locks = await new Locks(locksPaths(o.stateDir)).list();
  o.print({ locks }, locks.length > 0 ? locks.map(describe) : ["緊急停止で締め出しているものはありません。"]);
}

export async function liftLocks(o: {
  stateDir: string;
  print: Print;
  lock?: string | undefined;
  all?: boolean | undefined;
}): Promise<void> {
  const chosen = chosenOf(o);
  const lifted = await new Locks(locksPaths(o.stateDir)).liftHere(chosen);
  if (lifted.length === 0 && chosen !== "all")
    throw new Error("その番号の緊急停止は、このPCにはありません。agent locks list で確かめてください。");
  const words = lifted.map((lock) => `このPCで解きました: ${describe(lock)}`);
  const still = "サーバー側で続いている緊急停止は、管理コンソールか engawa-admin lock lift で別に解いてください。";
  o.print({ lifted }, words.length > 0 ? [...words, still] : ["緊急停止で締め出しているものはありません。"]);
}

function chosenOf({ lock, all = false }: { lock?: string | undefined; all?: boolean | undefined }): LockId[] | "all" {
  if (all && lock === undefined) return "all";
  const id = LockId.safeParse(lock?.trim().toUpperCase());
  if (all || !id.success)
    throw new Error("緊急停止の番号（例 K7QM-2Z9P）か --all の、どちらか一つを指定してください。");
  return [id.data];
}

function describe({ lock, everybody, devices, logins, until, reason }: KeptLock): string {
  const whom = everybody ? ["このPC（全員）"] : [...logins, ...devices];
  const shown = whom.length > 5 ? [...whom.slice(0, 5), `ほか ${whom.length - 5} 名`] : whom;
  return `${lock}  ${shown.join("、")}  期限 ${new Date(until).toLocaleString("ja-JP")}  理由 ${reason}`;
}
