/** What the server says, asked again every some seconds while somebody can see it. */
import { useLayoutEffect, useRef, useState } from "preact/hooks";
import type { Failure, Result } from "../../../client/account.ts";
import { useDesk } from "./desk.ts";

export interface Live<T> {
  /** The last good answer, also while a newer one is on its way or failed. */
  readonly value: T | undefined;
  readonly failure: Failure | undefined;
  /** Something else was asked for and is not here yet. */
  readonly isBusy: boolean;
}

/** `key`: what is asked; another one is asked at once. */
export function useLive<T>(key: string, ask: (isAuto: boolean) => Promise<Result<T>>, everyMs: number): Live<T> {
  const { lost, version } = useDesk();
  const [answer, setAnswer] = useState<{ key: string; value?: T; failure?: Failure }>({ key: "" });
  const latest = useRef(ask);
  latest.current = ask;
  useLayoutEffect(() => {
    let isOver = false;
    let isAsking = false;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const again = async (isAuto: boolean): Promise<void> => {
      clearTimeout(timer);
      if (isAsking || isOver) return;
      isAsking = true;
      const result = await latest.current(isAuto);
      isAsking = false;
      if (isOver) return;
      if (!result.ok && result.failure.code === "NOT_SIGNED_IN") return lost(result.failure);
      setAnswer((before) => (result.ok ? { key, value: result.value } : { ...before, key, failure: result.failure }));
      if (!document.hidden) timer = setTimeout(() => void again(true), everyMs);
    };
    const seen = (): void => void (document.hidden ? clearTimeout(timer) : void again(true));
    document.addEventListener("visibilitychange", seen);
    void again(false);
    return () => {
      isOver = true;
      clearTimeout(timer);
      document.removeEventListener("visibilitychange", seen);
    };
  }, [key, everyMs, version]);
  return { value: answer.value, failure: answer.failure, isBusy: answer.key !== key };
}
