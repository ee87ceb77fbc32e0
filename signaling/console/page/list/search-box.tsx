/** Searches while one types, but not while the input method composes: 「たなk」 is nobody. */
import { useEffect, useRef, useState } from "preact/hooks";
import { useDesk } from "../state/desk.ts";
import { changed } from "../state/route.ts";

/** Between two keys of somebody who types slowly. */
const PAUSE_MS = 300;

// long: one field and what it does with keys
export function SearchBox() {
  const { words, route, go } = useDesk();
  const [text, setText] = useState(route.q ?? "");
  const isComposing = useRef(false);
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  const sent = useRef(route.q ?? "");
  const where = useRef({ route, go });
  where.current = { route, go };

  // the address changed by something else: a link, or the way back
  useEffect(() => {
    if ((route.q ?? "") === sent.current) return;
    sent.current = route.q ?? "";
    setText(sent.current);
  }, [route.q]);
  useEffect(() => () => clearTimeout(timer.current), []);

  const search = (value: string): void => {
    clearTimeout(timer.current);
    if (isComposing.current || value.trim() === sent.current) return;
    sent.current = value.trim();
    where.current.go(changed(where.current.route, { q: value.trim() || undefined }), "replace");
  };
  const typed = (value: string): void => {
    setText(value);
    clearTimeout(timer.current);
    timer.current = setTimeout(() => search(value), PAUSE_MS);
  };
  return (
    <form
      class="search"
      onSubmit={(event) => {
        event.preventDefault();
        search(text);
      }}
    >
      <label for="search">{words.text("search")}</label>
      <input
        id="search"
        data-testid="search"
        type="search"
        class="input"
        value={text}
        maxLength={200}
        autocomplete="off"
        spellcheck={false}
        aria-describedby="search-hint"
        onInput={(event) => typed(event.currentTarget.value)}
        onCompositionStart={() => {
          isComposing.current = true;
        }}
        onCompositionEnd={(event) => {
          isComposing.current = false;
          typed(event.currentTarget.value);
        }}
      />
      <p class="hint" id="search-hint">
        {words.text("searchHint")}
      </p>
    </form>
  );
}
