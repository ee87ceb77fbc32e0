/**
 * What a page asks before its script is there, so that the answers are on their way meanwhile. By path; each answer is taken once, by
 * whoever asks the same (account.ts). Imports nothing: it comes before everything else.
 */
const asked = new Map<string, Promise<Response>>();

/** A server that says nothing for this long is unreachable for a person who waits. */
export const TIMEOUT_MS = 20_000;

/** What nobody took by then is not how things stand any more. */
const FRESH_MS = 10_000;

/** How every question of a page is asked. */
export const asking = (timeoutMs: number): RequestInit => ({
  credentials: "same-origin",
  cache: "no-store",
  signal: AbortSignal.timeout(timeoutMs),
});

export function askEarly(path: string): void {
  const answer = fetch(path, asking(TIMEOUT_MS));
  answer.catch(() => {
    // who takes it hears of it
  });
  asked.set(path, answer);
  setTimeout(() => asked.get(path) === answer && asked.delete(path), FRESH_MS);
}

export function takeEarly(path: string): Promise<Response> | undefined {
  const answer = asked.get(path);
  asked.delete(path);
  return answer;
}

/** They were for somebody else: who signs in now asks anew. */
export function forgetEarly(): void {
  asked.clear();
}
