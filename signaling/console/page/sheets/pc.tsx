/**
 * The enrolment of an office PC: what IT does, and below a line to cut along the slip for the user. The confirmation code is
 * written by hand: it must not come from the server, which it is to protect against.
 */
import { Contact, Facts, Lines, Sheet, Steps } from "./paper.tsx";
import { useSheetWords } from "./words.ts";

/** Where the installer looks for it (agent/README). */
export const TOKEN_FILE = "engawa-token.txt";
export const OTHER_TOKEN_FILE = "engawa-token-2.txt";

interface EnrolledPc {
  readonly name: string;
  readonly id: string;
  readonly organisation: string | undefined;
}

export function PcSheet({ name, id, organisation, contact }: EnrolledPc & { contact: string }) {
  const say = useSheetWords();
  const file = { file: TOKEN_FILE };
  return (
    <Sheet title={say("pcTitle")} organisation={organisation}>
      <Facts
        rows={[
          [say("pcName"), name],
          [
            say("pcId"),
            <span key="" class="mono">
              {id}
            </span>,
          ],
          [
            say("pcFile"),
            <span key="" class="mono">
              {TOKEN_FILE}
            </span>,
          ],
        ]}
      />
      <Steps
        steps={[
          { title: say("pcStep1"), what: say("pcStep1What", file) },
          { title: say("pcStep2"), what: say("pcStep2What") },
          { title: say("pcStep3"), what: say("pcStep3What") },
        ]}
      />
      <Lines names={[say("pcDone"), say("pcDate")]} />
      <p class="a4-cut">{say("cut")}</p>
      <h2>{say("slipTitle")}</h2>
      <Facts rows={[[say("pcName"), name]]} />
      <Boxes />
      <p>{say("slipWhat")}</p>
      <Lines names={[say("slipUser")]} />
      <Contact contact={contact} />
    </Sheet>
  );
}

/** Four groups of five letters, to be written into. */
const Boxes = () => (
  <div class="a4-boxes" data-testid="boxes">
    {[0, 1, 2, 3].map((group) => (
      <span key={group} class="a4-group">
        {[0, 1, 2, 3, 4].map((letter) => (
          <span key={letter} class="a4-box" />
        ))}
      </span>
    ))}
  </div>
);
