/** What is here only, and would be lost by leaving: a page is not left for another one, nor closed, without a question. */
import { useEffect } from "preact/hooks";
import { useDesk } from "./desk.ts";

/** Undefined: there is nothing to lose. */
export function useGuard(question: string | undefined): void {
  const { guard } = useDesk();
  useEffect(() => {
    if (question === undefined) return;
    // the browser asks in its own words
    const stay = (event: Event): void => event.preventDefault();
    const unguard = guard(question);
    window.addEventListener("beforeunload", stay);
    return () => {
      unguard();
      window.removeEventListener("beforeunload", stay);
    };
  }, [question]);
}
