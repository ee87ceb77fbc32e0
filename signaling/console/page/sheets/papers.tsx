/** Sheets of what is in a list: enrolment of office PCs, approval of devices. Nothing on them is secret, so they can be printed any time. */
import { Modal } from "../parts/modal.tsx";
import type { Papers } from "../state/desk.ts";
import { DeviceSheet } from "./device.tsx";
import { Paper, Printing, useContact } from "./paper.tsx";
import { PcSheet } from "./pc.tsx";
import { useSheetWords } from "./words.ts";

export function PapersDialog({ papers, close }: { papers: Papers; close: () => void }) {
  const say = useSheetWords();
  const [contact, setContact] = useContact();
  const isDevices = papers.list === "devices";
  return (
    <>
      <Modal class="dialog act" testId="papers" titleId="papers-title" close={close}>
        <h2 id="papers-title">{say("papersTitle")}</h2>
        <p>{say(isDevices ? "papersDevices" : "papersTerminals")}</p>
        <Printing
          pages={papers.rows.length}
          contact={contact}
          setContact={setContact}
          closeWords={say("close")}
          close={close}
        />
      </Modal>
      <Paper>
        {papers.list === "devices"
          ? papers.rows.map((row) => <DeviceSheet key={row.id} {...row} />)
          : papers.rows.map(({ id, name, organisation }) => (
              <PcSheet key={id} {...{ id, name, contact }} organisation={organisation.name} />
            ))}
      </Paper>
    </>
  );
}
