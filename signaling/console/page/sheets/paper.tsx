/** Pages of A4 that are seen on paper only, and the part of a dialog that prints them. */
import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import { isoDate, wareki } from "../format/moment.ts";
import { TextField } from "../parts/field.tsx";
import { useDesk } from "../state/desk.ts";
import { keepContact, knownContact } from "./contact.ts";
import { useSheetWords } from "./words.ts";
import "./sheet.css";

/** Beside the dialog, not in it: what is above everything else on the screen makes one page only. */
export const Paper = ({ children }: { children: ComponentChildren }) => (
  <div class="paper" data-testid="paper">
    {children}
  </div>
);

interface SheetProps {
  readonly title: string;
  readonly organisation: string | undefined;
  readonly children: ComponentChildren;
}

/** One page. */
export function Sheet({ title, organisation, children }: SheetProps) {
  const { words } = useDesk();
  const now = Date.now();
  return (
    <article class="a4" data-testid="sheet">
      <header class="a4-head">
        <span>{organisation}</span>
        <span>{words.language === "ja" ? wareki(now) : isoDate(now)}</span>
      </header>
      <h1>{title}</h1>
      {children}
    </article>
  );
}

export const Facts = ({ rows }: { rows: ReadonlyArray<readonly [name: string, value: ComponentChildren]> }) => (
  <dl class="a4-facts">
    {rows.map(([name, value]) => (
      <div key={name}>
        <dt>{name}</dt>
        <dd>{value}</dd>
      </div>
    ))}
  </dl>
);

export interface Step {
  readonly title: string;
  readonly what: string;
  readonly more?: ComponentChildren;
}

export const Steps = ({ steps }: { steps: readonly Step[] }) => (
  <ol class="a4-steps">
    {steps.map(({ title, what, more }) => (
      <li key={title}>
        <h2>{title}</h2>
        <p>{what}</p>
        {more}
      </li>
    ))}
  </ol>
);

/** To be written on: a name and a line beside it. */
export const Lines = ({ names }: { names: readonly string[] }) => (
  <dl class="a4-lines">
    {names.map((name) => (
      <div key={name}>
        <dt>{name}</dt>
        <dd />
      </div>
    ))}
  </dl>
);

export function Contact({ contact }: { contact: string }) {
  const say = useSheetWords();
  return (
    <p class="a4-contact">
      <strong>{say("contactTitle")}</strong> {contact}
    </p>
  );
}

export function useContact(): [contact: string, set: (contact: string) => void] {
  const say = useSheetWords();
  const [contact, setContact] = useState(() => knownContact() ?? say("contactUsual"));
  return [
    contact,
    (typed) => {
      setContact(typed);
      keepContact(typed);
    },
  ];
}

interface PrintingProps {
  readonly pages: number;
  readonly contact: string;
  readonly setContact: (contact: string) => void;
  readonly closeWords: string;
  readonly close: () => void;
}

/** Whom to ask, and the buttons. */
export function Printing({ pages, contact, setContact, closeWords, close }: PrintingProps) {
  const { words } = useDesk();
  const say = useSheetWords();
  return (
    <>
      {pages > 0 && (
        <TextField
          id="contact"
          label={say("contact")}
          hint={say("contactHint")}
          need="optional"
          value={contact}
          onValue={setContact}
          more={{ maxLength: 100, autocomplete: "off" }}
        />
      )}
      <div class="dialog-answers">
        {pages > 0 && (
          <button type="button" class="button primary" data-testid="print" onClick={() => window.print()}>
            {say("print", { count: words.number(pages) })}
          </button>
        )}
        <button type="button" class="button" data-testid="once-close" onClick={close}>
          {closeWords}
        </button>
      </div>
    </>
  );
}
