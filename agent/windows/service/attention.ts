/** Ctrl+Alt+Del from afar: asked for by the helper, given by the service that is allowed to. */
import type { ServiceLog } from "./service.ts";

/** What SoftwareSASGeneration says: 1 services, 2 programs of ease of access, 3 both. Windows takes unset for nobody. */
export const letsServices = (policy: number | undefined): boolean => policy === 1 || policy === 3;

export interface AttentionOptions {
  readonly policy: () => number | undefined;
  readonly send: () => void;
  readonly log: ServiceLog;
}

/** Returns what is to be called when it is asked for. What came of it is logged when it is something else than before. */
export function attentionGiver({ policy, send, log }: AttentionOptions): () => void {
  let said = "";
  const say = (level: keyof ServiceLog, words: string): void => {
    if (words !== said) log[level](words);
    said = words;
  };
  return () => {
    try {
      const set = policy();
      if (letsServices(set)) {
        send();
        say("info", "Ctrl+Alt+Del was asked for and sent");
      } else say("error", refusalWords(set));
    } catch (error) {
      say("error", `Ctrl+Alt+Del was asked for and cannot be sent: ${(error as Error).message}`);
    }
  };
}

const refusalWords = (policy: number | undefined): string =>
  `Ctrl+Alt+Del was asked for, but the group policy "Disable or enable software Secure Attention Sequence" does not let services send it (SoftwareSASGeneration is ${policy ?? "not set"}; it must be 1 or 3)`;
