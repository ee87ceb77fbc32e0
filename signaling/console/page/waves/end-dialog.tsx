/** Another end for an event, with what it comes to in numbers, why, and a code of the moment. */
import { useEffect, useState } from "preact/hooks";
import type { Failure } from "../../../client/account.ts";
import type { EventEffect, WavesView } from "../../../protocol/console-waves.ts";
import { ConfirmDialog } from "../parts/confirm-dialog.tsx";
import { TextField } from "../parts/field.tsx";
import { FailureNotice } from "../parts/notice.tsx";
import { useDesk } from "../state/desk.ts";
import * as routes from "./routes.ts";
import { useSaid } from "./said.ts";

interface EndDialogProps {
  readonly event: WavesView["events"][number];
  readonly done: (view: WavesView) => void;
  readonly close: () => void;
}

const WAYS = ["day", "today", "now"] as const;
type Way = (typeof WAYS)[number];
const WORDS = { day: "endOn", today: "endToday", now: "endNow" } as const;

export function EndDialog({ event, done, close }: EndDialogProps) {
  const said = useSaid();
  const [way, setWay] = useState<Way>("day");
  const [day, setDay] = useState(event.until.slice(0, 10));
  const [reason, setReason] = useState("");
  const lastDay = way === "day" ? day : way;
  return (
    <ConfirmDialog
      name="event-end"
      title={said.text("changeTitle", { name: event.name })}
      what={said.text("changeWhat")}
      yes={said.text(way === "now" ? "endNowYes" : "endYes")}
      reason={reason}
      setReason={setReason}
      ask={(because) => routes.end(event.id, lastDay, because)}
      {...{ done, close }}
    >
      <fieldset class="waves-choice">
        <legend>{said.text("endHow")}</legend>
        {WAYS.filter((one) => one === "day" || !event.isOver).map((one) => (
          <label key={one}>
            <input
              type="radio"
              name="end-way"
              data-testid={`end-${one}`}
              checked={way === one}
              onChange={() => setWay(one)}
            />
            {said.text(WORDS[one])}
          </label>
        ))}
        {way === "day" && (
          <TextField id="end-day" label={said.text("lastDay")} value={day} onValue={setDay} more={{ type: "date" }} />
        )}
      </fieldset>
      {lastDay !== "" && <EffectOf key={lastDay} event={event} lastDay={lastDay} />}
    </ConfirmDialog>
  );
}

function EffectOf({ event, lastDay }: Pick<EndDialogProps, "event"> & { lastDay: string }) {
  const { words } = useDesk();
  const said = useSaid();
  const [effect, setEffect] = useState<EventEffect | Failure>();
  useEffect(() => {
    let isOver = false;
    void routes
      .effect(event.id, lastDay)
      .then((answer) => isOver || setEffect(answer.ok ? answer.value : answer.failure));
    return () => {
      isOver = true;
    };
  }, []);
  if (effect && "code" in effect) return <FailureNotice failure={effect} testId="end-effect-problem" />;
  return (
    <section class="effect" aria-live="polite" data-testid="effect">
      <h3>{said.text("endEffect")}</h3>
      {!effect && <p>{said.text("endEffectAsking")}</p>}
      {effect && (
        <ul>
          <li>
            {said.text("effectIds", {
              organisations: words.number(effect.organisations),
              count: words.number(effect.given),
              terminals: words.number(effect.terminals),
            })}
          </li>
          <li>
            {said.text(lastDay === "now" ? "effectSessions" : "effectSessionsLater", {
              count: words.number(effect.sessions),
            })}
          </li>
        </ul>
      )}
    </section>
  );
}
