/** What was done, to be undone in reverse when a later step fails. */
export class Undo {
  readonly #steps: { readonly what: string; readonly undo: () => Promise<void> | void }[] = [];

  add(what: string, undo: () => Promise<void> | void): void {
    this.#steps.push({ what, undo });
  }

  /** Goes on when one cannot be undone. Returns what could not, in words. */
  async run(): Promise<string[]> {
    const problems: string[] = [];
    for (const { what, undo } of this.#steps.splice(0).reverse()) {
      try {
        await undo();
      } catch (error) {
        problems.push(`${what}: ${error instanceof Error ? error.message : error}`);
      }
    }
    return problems;
  }
}
