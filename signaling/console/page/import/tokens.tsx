/** With what the new office PCs enrol: a file for each, all in one archive, and the sheets with the steps. */
import type { NewToken } from "../../../protocol/console-import.ts";
import { csv, download } from "../format/csv.ts";
import { isoMoment } from "../format/moment.ts";
import { zip } from "../format/zip.ts";
import { TOKEN_FILE } from "../sheets/pc.tsx";
import { useDesk } from "../state/desk.ts";
import type { Words } from "../words/words.ts";
import { HandOver } from "./hand-over.tsx";
import { type Said, useSaid } from "./said.ts";

// long: one dialog with all that is done with what it shows
export function Tokens({ tokens, close }: { tokens: readonly NewToken[]; close: () => void }) {
  const { words, print } = useDesk();
  const said = useSaid();
  const count = words.number(tokens.length);
  const name = said.text("tokensName");
  return (
    <HandOver
      testId="tokens"
      title={said.text("tokensTitle", { count })}
      what={said.text("tokensWhat", { until: isoMoment(Math.min(...tokens.map(({ expiresAt }) => expiresAt))) })}
      rows={tokens}
      table={{
        label: said.text("token"),
        heads: [words.column("name"), words.column("id"), words.column("division"), said.text("token")],
        widths: [10, 10, 9, 12],
      }}
      row={(one) => (
        <>
          <td class="cell">{one.name}</td>
          <td class="cell mono">{one.terminal}</td>
          <td class="cell">{one.division}</td>
          <td class="cell">
            <button
              type="button"
              class="button"
              aria-label={said.text("tokenOne", { saved: TOKEN_FILE, name: one.name })}
              data-testid="save-token"
              onClick={() => download(TOKEN_FILE, one.token, "text/plain")}
            >
              {TOKEN_FILE}
            </button>
          </td>
        </>
      )}
      keyOf={({ terminal }) => terminal}
      buttons={(shown) => (
        <>
          <button
            type="button"
            class="button primary"
            data-testid="tokens-save"
            onClick={() => download(`${name}.zip`, zip(tokens.map(fileOf)), "application/zip")}
          >
            {said.text("tokensSave", { count })}
          </button>
          <button
            type="button"
            class="button"
            data-testid="tokens-print"
            onClick={() => print({ list: "terminals", rows: shown.map(pcOf) })}
          >
            {said.text("tokensPrint", { count: words.number(shown.length) })}
          </button>
          <button
            type="button"
            class="button"
            data-testid="tokens-csv"
            onClick={() => download(`${name}.csv`, csv(rowsOf(tokens, words, said)))}
          >
            {said.text("tokensCsv", { count })}
          </button>
        </>
      )}
      close={close}
    />
  );
}

const pcOf = ({ terminal: id, name, organisation }: NewToken) => ({ id, name, organisation: { name: organisation } });

/** In a folder called as the PC is; what Windows has no place for in names is left out. */
const fileOf = ({ name, terminal, token }: NewToken) => ({
  name: `${name.replace(/[\p{Cc}<>:"/\\|?*]/gu, "_").replace(/[. ]+$/, "")} ${terminal}/${TOKEN_FILE}`,
  text: token,
});

const rowsOf = (tokens: readonly NewToken[], words: Words, said: Said): string[][] => [
  [
    ...["name", "id", "organisation", "division"].map((key) => words.column(key)),
    said.text("token"),
    said.text("tokenUntil"),
  ],
  ...tokens.map(({ name, terminal, organisation, division, token, expiresAt }) => {
    return [name, terminal, organisation, division, token, isoMoment(expiresAt)];
  }),
];
