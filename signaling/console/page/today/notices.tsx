/** One's own mails of notice: which of them one gets. */
import { useState } from "preact/hooks";
import type { Failure } from "../../../client/account.ts";
import type { NoticesView, NoticeWish } from "../../../protocol/console-notices.ts";
import { FailureNotice } from "../parts/notice.tsx";
import { useDesk } from "../state/desk.ts";
import { useLive } from "../state/live.ts";
import { notices, setNotices } from "./notices-api.ts";

const EVERY_MS = 300_000;
/** Loaded with it. */
const WORDS = {
  ja: {
    title: "メールのお知らせ",
    digest: "毎朝 8 時に、見てほしいことをまとめて受け取る",
    atOnce: "新しい端末が待っているときなど、すぐ見てほしいことを受け取る",
    "no-mail-server": "このサーバーにはメールサーバーが設定されていないため、送られません。",
    "no-address": "あなたのメールアドレスが登録されていないため、送られません。管理者が「職員」で登録できます。",
    saved: "変えました。",
  },
  en: {
    title: "Notices by mail",
    digest: "Each morning at 8, what there is to look at",
    atOnce: "At once, what needs a hand, as when a new device waits",
    "no-mail-server": "None are sent: this server has no mail server in its settings.",
    "no-address": "None are sent: you have no mail address here. An administrator can set it among the people.",
    saved: "Changed.",
  },
} as const;

export function Notices() {
  const words = WORDS[useDesk().words.language];
  const [isOpen, setOpen] = useState(false);
  return (
    <details class="card" data-testid="notices" onToggle={(e) => setOpen(e.currentTarget.open)}>
      <summary>{words.title}</summary>
      {isOpen && <Choices />}
    </details>
  );
}

/** Asked for when somebody wants to see it. */
function Choices() {
  const words = WORDS[useDesk().words.language];
  const { value } = useLive("notices", notices, EVERY_MS);
  /** As the last choice left it. */
  const [chosen, setChosen] = useState<NoticesView>();
  const [failure, setFailure] = useState<Failure>();
  const shown = chosen ?? value;
  if (!shown) return null;
  const choose = async (change: Partial<NoticeWish>): Promise<void> => {
    const { digest, atOnce } = shown;
    const answer = await setNotices({ digest, atOnce, ...change });
    setFailure(answer.ok ? undefined : answer.failure);
    setChosen(answer.ok ? answer.value : { ...shown });
  };
  return (
    <>
      {failure && <FailureNotice failure={failure} testId="notices-problem" />}
      {shown.problem && <p class="hint">{words[shown.problem]}</p>}
      {(["digest", "atOnce"] as const).map((kind) => (
        <p key={kind}>
          <label>
            <input
              type="checkbox"
              checked={shown[kind]}
              data-testid={`notices-${kind}`}
              onChange={(e) => void choose({ [kind]: e.currentTarget.checked })}
            />{" "}
            {words[kind]}
          </label>
        </p>
      ))}
      <p class="hint" role="status">
        {chosen && !failure ? words.saved : ""}
      </p>
    </>
  );
}
