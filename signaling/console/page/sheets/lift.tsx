/** What lifts a lock again: for the safe. */
import { Contact, Facts, Lines, Sheet, Steps } from "./paper.tsx";
import { useSheetWords } from "./words.ts";

interface LiftSheetProps {
  /** What is locked out. */
  readonly name: string | undefined;
  /** The lock's. */
  readonly number: string | undefined;
  readonly code: string;
  readonly organisation: string | undefined;
  readonly contact: string;
}

export function LiftSheet({ name, number, code, organisation, contact }: LiftSheetProps) {
  const say = useSheetWords();
  return (
    <Sheet title={say("liftTitle")} organisation={organisation}>
      <p>{say("liftKeep")}</p>
      <Facts
        rows={[
          [say("liftOf"), name],
          [
            say("liftNumber"),
            <span key="" class="mono">
              {number}
            </span>,
          ],
          [
            say("liftCode"),
            <span key="" class="a4-big">
              {code}
            </span>,
          ],
        ]}
      />
      <Steps
        steps={[
          { title: say("liftStep1"), what: say("liftStep1What") },
          { title: say("liftStep2"), what: say("liftStep2What") },
        ]}
      />
      <Lines names={[say("liftKeeper"), say("liftPlace")]} />
      <Contact contact={contact} />
    </Sheet>
  );
}
