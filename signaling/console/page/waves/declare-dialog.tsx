/** A new event. */
import { useState } from "preact/hooks";
import { EVENT_BASES, type EventBasis } from "../../../protocol/console-waves.ts";
import { Field, focusProblem, TextField } from "../parts/field.tsx";
import { Modal } from "../parts/modal.tsx";
import type { Doing } from "./doing.ts";
import * as routes from "./routes.ts";
import { useSaid } from "./said.ts";

// long: one form
export function DeclareDialog({ does, close }: { does: Doing; close: () => void }) {
  const said = useSaid();
  const [name, setName] = useState("");
  const [basis, setBasis] = useState<EventBasis>("emergency");
  const [lastDay, setLastDay] = useState("");
  const [problems, setProblems] = useState<{ name?: string; lastDay?: string }>({});
  const [isBusy, setBusy] = useState(false);
  const send = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault();
    const found = {
      ...(name.trim() === "" && { name: said.text("missing") }),
      ...(lastDay === "" && { lastDay: said.text("missingDay") }),
    };
    setProblems(found);
    if (Object.keys(found).length > 0) return focusProblem(event.target as HTMLElement);
    setBusy(true);
    await does(routes.declare({ name: name.trim(), basis, lastDay }), said.text("done"));
    close();
  };
  return (
    <Modal class="dialog act" testId="declare-dialog" titleId="declare-title" close={isBusy ? undefined : close}>
      <form class="form" noValidate onSubmit={(event) => void send(event)}>
        <h2 id="declare-title">{said.text("declare")}</h2>
        <p>{said.text("declareWhat")}</p>
        <TextField
          id="event-name"
          label={said.text("eventName")}
          hint={said.text("eventNameHint")}
          problem={problems.name}
          need="required"
          value={name}
          onValue={setName}
          more={{ maxLength: 200, autocomplete: "off" }}
        />
        <Field id="event-basis" label={said.text("basis")}>
          <select
            id="event-basis"
            class="input"
            data-testid="event-basis"
            value={basis}
            onChange={({ currentTarget: { value } }) => setBasis(value as EventBasis)}
          >
            {EVENT_BASES.map((one) => (
              <option key={one} value={one}>
                {said.words.bases[one]}
              </option>
            ))}
          </select>
        </Field>
        <TextField
          id="event-last-day"
          label={said.text("lastDay")}
          hint={said.text("lastDayHint")}
          problem={problems.lastDay}
          need="required"
          value={lastDay}
          onValue={setLastDay}
          more={{ type: "date" }}
        />
        <div class="dialog-answers">
          <button type="button" class="button" data-testid="declare-no" disabled={isBusy} onClick={close}>
            {said.text("no")}
          </button>
          <button type="submit" class="button primary" data-testid="declare-yes" disabled={isBusy}>
            {said.text("declareYes")}
          </button>
        </div>
      </form>
    </Modal>
  );
}
