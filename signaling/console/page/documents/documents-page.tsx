/** 帳票: on the left whose and which, on the right the document, as it is printed. It is come to from the rules it is made of. */
import { useLayoutEffect, useRef, useState } from "preact/hooks";
import { DOCUMENTS, type DocumentName } from "../../../protocol/console-documents.ts";
import type { PolicyPlaces } from "../../../protocol/console-policy.ts";
import { FailureNotice } from "../parts/notice.tsx";
import { useLive } from "../state/live.ts";
import { type OwnWords, useOwnWords } from "../state/own-words.ts";
import { DocumentView } from "./document-view.tsx";
import "./documents.css";
import * as routes from "./routes.ts";
import { documentsEn } from "./words-en.ts";
import { type DocumentsKey, documentsJa } from "./words-ja.ts";

const WORDS: OwnWords<DocumentsKey> = { ja: documentsJa, en: documentsEn };
/** Settings change with a restart, rules by the hour. */
const EVERY_MS = 600_000;

type Listed = PolicyPlaces["places"][number];

interface DocumentsPageProps {
  /** Of the server and of organisations. */
  readonly places: readonly Listed[];
  /** Whose are shown first. */
  readonly first: string | undefined;
  readonly close: () => void;
}

export function DocumentsPage({ places, first, close }: DocumentsPageProps) {
  const say = useOwnWords(WORDS);
  const title = useRef<HTMLHeadingElement>(null);
  const [id, setId] = useState(places.find((place) => place.id === first)?.id ?? places[0]?.id ?? "");
  const [name, setName] = useState<DocumentName>("rules");
  const organisation = places.find((place) => place.id === id)?.level === "organisation" ? id : undefined;
  const ask = (isAuto: boolean) => routes.document(name, organisation, isAuto);
  const { value, failure, isBusy } = useLive(`${name} ${id}`, ask, EVERY_MS);
  const shown = isBusy ? undefined : value;
  useLayoutEffect(() => title.current?.focus(), []);
  return (
    <div class="page documents">
      <div class="title-row">
        <h1 ref={title} tabIndex={-1}>
          {say("title")}
        </h1>
        <button type="button" class="button" data-testid="documents-back" onClick={close}>
          {say("back")}
        </button>
      </div>
      <p class="hint">{say("about")}</p>
      <div class="documents-both">
        <div class="card documents-side">
          <Whose places={places} id={id} setId={setId} />
          <Which name={name} setName={setName} />
          <button
            type="button"
            class="button primary"
            data-testid="documents-print"
            disabled={!shown}
            onClick={() => window.print()}
          >
            {say("print")}
          </button>
          <p class="hint">
            {say("command")} <code>{`engawa-admin document ${name}${organisation ? " --organisation 団体" : ""}`}</code>
          </p>
        </div>
        <div aria-busy={isBusy}>
          {failure && <FailureNotice failure={failure} testId="documents-problem" />}
          {shown && !failure && <DocumentView document={shown} />}
        </div>
      </div>
    </div>
  );
}

interface WhoseProps {
  readonly places: readonly Listed[];
  readonly id: string;
  readonly setId: (id: string) => void;
}

function Whose({ places, id, setId }: WhoseProps) {
  const say = useOwnWords(WORDS);
  return (
    <label>
      {say("place")}
      <select
        class="input"
        data-testid="documents-place"
        value={id}
        onChange={(event) => setId(event.currentTarget.value)}
      >
        {places.map((place) => (
          <option key={place.id} value={place.id}>
            {place.level === "server" ? say("server") : place.name}
          </option>
        ))}
      </select>
    </label>
  );
}

function Which({ name, setName }: { name: DocumentName; setName: (name: DocumentName) => void }) {
  const say = useOwnWords(WORDS);
  return (
    <fieldset class="documents-which">
      <legend>{say("which")}</legend>
      {DOCUMENTS.map((one) => (
        <label key={one}>
          <input
            type="radio"
            name="document"
            data-testid={`document-${one}`}
            checked={name === one}
            onChange={() => setName(one)}
          />
          {say(one)}
        </label>
      ))}
    </fieldset>
  );
}
