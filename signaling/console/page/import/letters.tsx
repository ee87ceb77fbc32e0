/** What is handed to the newcomers: as a file for all, and as letters to print. */
import type { FirstLetter } from "../../../protocol/console-import.ts";
import { csv, download } from "../format/csv.ts";
import { useDesk } from "../state/desk.ts";
import type { Words } from "../words/words.ts";
import { HandOver } from "./hand-over.tsx";
import { type Said, useSaid } from "./said.ts";

export function Letters({ letters, close }: { letters: readonly FirstLetter[]; close: () => void }) {
  const { words, print } = useDesk();
  const said = useSaid();
  const count = words.number(letters.length);
  const save = (): void => download(`${said.text("lettersName")}.csv`, csv(rowsOf(letters, words, said)));
  return (
    <HandOver
      testId="letters"
      title={said.text("lettersTitle", { count })}
      what={said.text("lettersWhat")}
      rows={letters}
      table={{
        label: said.text("password"),
        heads: [words.column("login"), words.column("name"), said.text("password")],
        widths: [9, 9, 15],
      }}
      row={({ login, name, organisationCode, password }) => (
        <>
          <td class="cell mono">{organisationCode === undefined ? login : `${organisationCode}/${login}`}</td>
          <td class="cell">{name}</td>
          <td class="cell mono">{password}</td>
        </>
      )}
      keyOf={({ login, organisationCode }) => `${organisationCode}/${login}`}
      buttons={(shown) => (
        <>
          <button
            type="button"
            class="button primary"
            data-testid="letters-print"
            onClick={() => print({ list: "letters", rows: shown })}
          >
            {said.text("lettersPrint", { count: words.number(shown.length) })}
          </button>
          <button type="button" class="button" data-testid="letters-save" onClick={save}>
            {said.text("lettersSave", { count })}
          </button>
        </>
      )}
      close={close}
    />
  );
}

function rowsOf(letters: readonly FirstLetter[], words: Words, said: Said): string[][] {
  const hasCodes = letters.some(({ organisationCode }) => organisationCode !== undefined);
  const where = hasCodes ? [words.column("organisation"), words.text("organisation")] : [];
  const head = [words.column("login"), words.column("name"), ...where, words.column("division")];
  return [
    [...head, said.text("password"), said.text("otpauth")],
    ...letters.map(({ login, name, organisation, organisationCode, division, password, otpauth }) => [
      ...[login, name, ...(hasCodes ? [organisation, organisationCode ?? ""] : [])],
      ...[division, password, otpauth],
    ]),
  ];
}
