/** Declared events; the operator adds them and says when they end. */
import { useState } from "preact/hooks";
import type { WavesView } from "../../../protocol/console-waves.ts";
import { useDesk } from "../state/desk.ts";
import { DeclareDialog } from "./declare-dialog.tsx";
import type { Doing } from "./doing.ts";
import { EndDialog } from "./end-dialog.tsx";
import { useSaid } from "./said.ts";
import { Table } from "./table.tsx";

interface EventsProps {
  readonly view: WavesView;
  readonly does: Doing;
  readonly show: (view: WavesView, done: string) => void;
}

// long: a table and what can be done with its rows
export function Events({ view, does, show }: EventsProps) {
  const { words } = useDesk();
  const said = useSaid();
  const [changing, setChanging] = useState<WavesView["events"][number]>();
  const [isDeclaring, setDeclaring] = useState(false);
  const { events, mayDecide } = view;
  const counted = [
    [said.text("given"), ({ given }) => words.number(given), "count"],
    [said.text("inUse"), ({ terminals }) => words.number(terminals), "count"],
    [said.text("organisations"), ({ organisations }) => words.number(organisations), "count"],
    [
      said.text("change"),
      (event) => (
        <button
          type="button"
          class="button"
          data-testid="event-change"
          aria-label={`${said.text("change")}：${event.name}`}
          onClick={() => setChanging(event)}
        >
          {said.text("change")}
        </button>
      ),
    ],
  ] satisfies Parameters<typeof Table<WavesView["events"][number]>>[0]["columns"];
  return (
    <section class="card">
      <div class="title-row">
        <h2>{said.text("events")}</h2>
        {mayDecide && (
          <button type="button" class="button" data-testid="event-declare" onClick={() => setDeclaring(true)}>
            {said.text("declare")}
          </button>
        )}
      </div>
      {events.length === 0 ? (
        <p class="hint">{said.text("eventsNone")}</p>
      ) : (
        <Table
          label={said.text("events")}
          testId="events"
          rows={events}
          keyOf={({ id }) => id}
          columns={[
            [said.text("eventName"), ({ name }) => name],
            [said.text("basis"), (event) => said.basis(event)],
            [
              said.text("until"),
              (event) => (
                <>
                  {said.until(event)}
                  {event.isOver && <span class="era">{said.text("isOver")}</span>}
                </>
              ),
            ],
            ...(mayDecide ? counted : []),
          ]}
        />
      )}
      {isDeclaring && <DeclareDialog does={does} close={() => setDeclaring(false)} />}
      {changing && (
        <EndDialog
          event={changing}
          close={() => setChanging(undefined)}
          done={(after) => {
            setChanging(undefined);
            show(after, said.text("done"));
          }}
        />
      )}
    </section>
  );
}
