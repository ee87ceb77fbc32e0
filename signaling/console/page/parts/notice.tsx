/** What happened, and what to do. A problem is read out at once. */
import type { ComponentChildren } from "preact";
import { useEffect, useState } from "preact/hooks";
import type { Failure } from "../../../client/account.ts";
import { useDesk } from "../state/desk.ts";
import { useRefusals } from "./refusal.ts";

interface NoticeProps {
  readonly kind: "problem" | "info";
  readonly what: string;
  readonly testId: string;
  readonly children?: ComponentChildren;
}

export const Notice = ({ kind, what, testId, children }: NoticeProps) => (
  <div class={`notice ${kind}`} role={kind === "problem" ? "alert" : "status"} data-testid={testId}>
    <p class="notice-what">{what}</p>
    {children}
  </div>
);

export function FailureNotice({ failure, testId }: { failure: Failure; testId: string }) {
  const { words } = useDesk();
  const { what, todo } = words.failure(failure);
  const why = useRefusals(failure.refusal !== undefined)(failure.refusal);
  return (
    <Notice kind="problem" what={what} testId={testId}>
      <p>{why ?? todo}</p>
      {failure.code === "ACT_REFUSED" && !failure.refusal && (
        <p class="hint" lang="en">
          {failure.message}
        </p>
      )}
      {failure.retryAfterS !== undefined && <Countdown key={`${failure.retryAfterS}`} seconds={failure.retryAfterS} />}
    </Notice>
  );
}

/** 「あと 5 秒」; not read out every second. */
function Countdown({ seconds }: { seconds: number }) {
  const { words } = useDesk();
  const [left, setLeft] = useState(Math.ceil(seconds));
  useEffect(() => {
    const until = Date.now() + seconds * 1000;
    const timer = setInterval(() => setLeft(Math.max(0, Math.ceil((until - Date.now()) / 1000))), 1000);
    return () => clearInterval(timer);
  }, [seconds]);
  return left > 0 ? <p aria-live="off">{words.text("waitSeconds", { seconds: left })}</p> : null;
}
