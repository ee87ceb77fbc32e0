/**
 * Sheets of what is in a list: enrolment of office PCs, approval of devices. Nothing on them is secret, so they can be printed any
 * time. And the first letters of an import, above the dialog that shows them once.
 */
import type { FirstLetter } from "../../../protocol/console-import.ts";
import { Modal } from "../parts/modal.tsx";
import type { Papers } from "../state/desk.ts";
import { DeviceSheet } from "./device.tsx";
import { LetterSheet, type LetterTo } from "./letter.tsx";
import { Paper, Printing, useContact } from "./paper.tsx";
import { PcSheet } from "./pc.tsx";
import { ReceiptSheet } from "./receipt.tsx";
import { useSheetWords } from "./words.ts";

export function PapersDialog({ papers, close }: { papers: Papers; close: () => void }) {
  const say = useSheetWords();
  const [contact, setContact] = useContact();
  return (
    <>
      <Modal class="dialog act" testId="papers" titleId="papers-title" close={close}>
        <h2 id="papers-title">{say("papersTitle")}</h2>
        <p>{say(WHAT[papers.list])}</p>
        <Printing
          pages={papers.rows.length}
          contact={contact}
          setContact={setContact}
          closeWords={say("close")}
          close={close}
        />
      </Modal>
      <Paper>
        <Sheets papers={papers} contact={contact} />
      </Paper>
    </>
  );
}

const WHAT = {
  letters: "papersLetters",
  terminals: "papersTerminals",
  devices: "papersDevices",
  receipts: "papersReceipts",
} as const;

function Sheets({ papers, contact }: { papers: Papers; contact: string }) {
  switch (papers.list) {
    case "devices":
      return papers.rows.map((row) => <DeviceSheet key={row.id} {...row} />);
    case "terminals":
      return papers.rows.map(({ id, name, organisation }) => (
        <PcSheet key={id} {...{ id, name, contact }} organisation={organisation.name} />
      ));
    case "receipts":
      return papers.rows.map((row) => <ReceiptSheet key={row.receipt.session} {...row} />);
    case "letters":
      return papers.rows.map((row) => (
        <LetterSheet key={`${row.organisationCode}/${row.login}`} {...letterTo(row)} contact={contact} />
      ));
  }
}

const letterTo = ({ organisation: name, organisationCode, ...letter }: FirstLetter): LetterTo => ({
  ...letter,
  organisation: { name, code: organisationCode ?? "" },
});
