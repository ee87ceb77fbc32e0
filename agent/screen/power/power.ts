/** Switching this PC off: a port. Adapters: logind (Linux), windows. What asks for it has locked the PC before. */
export interface Power {
  /**
   * In so many seconds, unless stayOn() comes before. `words`: for who sits there, where the system has a way of its own to say them.
   * Resolves to why it cannot be done, in words; undefined: it is on its way. Asked again, it begins anew.
   */
  off(inS: number, words: string): Promise<string | undefined>;
  /** It is not switched off after all. Nothing happens when nothing is on its way, or it is too late. */
  stayOn(): void;
}
