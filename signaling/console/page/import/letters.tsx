/** What is handed to the newcomers, shown once: as a file for all; here, and as letters to print, some at a time. */
import { useEffect, useState } from "preact/hooks";
import type { FirstLetter } from "../../../protocol/console-import.ts";
import { csv, download } from "../format/csv.ts";
import { Modal } from "../parts/modal.tsx";
import { useDesk } from "../state/desk.ts";
import type { Words } from "../words/words.ts";
import { type Said, useSaid } from "./said.ts";

/** As many as one can print and hand out in one go. */
const AT_ONCE = 100;
/** Login, name, password. */
const TRACKS = "minmax(9rem, 9fr) minmax(9rem, 9fr) minmax(15rem, 15fr)";

export function Letters({ letters, close }: { letters: readonly FirstLetter[]; close: () => void }) {
  const { words, print } = useDesk();
  const said = useSaid();
  const [from, setFrom] = useState(0);
  const shown = letters.slice(from, from + AT_ONCE);
  useEffect(() => {
    const stay = (event: Event): void => event.preventDefault();
    window.addEventListener("beforeunload", stay);
    return () => window.removeEventListener("beforeunload", stay);
  }, []);
  const save = (): void => download(`${said.text("lettersName")}.csv`, csv(rowsOf(letters, words, said)));
  return (
    <Modal class="dialog act once wide" testId="letters" titleId="letters-title" close={undefined}>
      <h2 id="letters-title">{said.text("lettersTitle", { count: words.number(letters.length) })}</h2>
      <p>{said.text("lettersWhat")}</p>
      {letters.length > AT_ONCE && <Pages total={letters.length} from={from} shown={shown.length} go={setFrom} />}
      <Some letters={shown} />
      <div class="dialog-answers">
        <button
          type="button"
          class="button primary"
          data-testid="letters-print"
          onClick={() => print({ list: "letters", rows: shown })}
        >
          {said.text("lettersPrint", { count: words.number(shown.length) })}
        </button>
        <button type="button" class="button" data-testid="letters-save" onClick={save}>
          {said.text("lettersSave", { count: words.number(letters.length) })}
        </button>
        <button type="button" class="button" data-testid="letters-close" onClick={close}>
          {said.text("lettersClose")}
        </button>
      </div>
    </Modal>
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

interface PagesProps {
  readonly total: number;
  readonly from: number;
  readonly shown: number;
  readonly go: (from: number) => void;
}

function Pages({ total, from, shown, go }: PagesProps) {
  const { words } = useDesk();
  const said = useSaid();
  const numbers = { total: words.number(total), from: words.number(from + 1), to: words.number(from + shown) };
  return (
    <div class="pages">
      <button type="button" class="button" disabled={from === 0} onClick={() => go(from - AT_ONCE)}>
        {said.text("lettersBefore", { count: AT_ONCE })}
      </button>
      <span role="status">{said.text("lettersShown", numbers)}</span>
      <button
        type="button"
        class="button"
        data-testid="letters-next"
        disabled={from + AT_ONCE >= total}
        onClick={() => go(from + AT_ONCE)}
      >
        {said.text("lettersNext", { count: AT_ONCE })}
      </button>
    </div>
  );
}

function Some({ letters }: { letters: readonly FirstLetter[] }) {
  const { words } = useDesk();
  const said = useSaid();
  const heads = [words.column("login"), words.column("name"), said.text("password")];
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, so the keyboard has to reach it
    <section class="table-frame letters" aria-label={said.text("password")} tabIndex={0}>
      <table class="table plain" aria-label={said.text("password")} style={{ "--tracks": TRACKS, "--least": "33rem" }}>
        <thead>
          <tr class="row head">
            {heads.map((head) => (
              <th key={head} class="cell" scope="col">
                {head}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {letters.map(({ login, name, organisationCode, password }) => (
            <tr key={`${organisationCode}/${login}`} class="row" data-testid="letter">
              <td class="cell mono">{organisationCode === undefined ? login : `${organisationCode}/${login}`}</td>
              <td class="cell">{name}</td>
              <td class="cell mono">{password}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
