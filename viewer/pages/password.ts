/**
 * パスワードの変更. After the first sign-in with a password that was handed out, before anything else: a new one, twice. From the
 * own page, at any time: the old one and a one-time code too. What is wrong is said next to the field it is about.
 */

import type { Failure } from "../../signaling/client/account.ts";
import type { Me, PasswordChangeRequest, PasswordProblem } from "../../signaling/protocol/api.ts";
import { MIN_PASSWORD_CHARS } from "../../signaling/protocol/limits.ts";
import { button, el } from "../dom.ts";
import type { TextKey } from "../words/dictionary.ts";
import type { Words } from "../words/strings.ts";
import { Countdown, codeField, digitsOf, Field, form, revealable, Submit } from "./field.ts";
import { type Frame, framed, notice, type Page } from "./page.ts";
import "./password.css";

export interface PasswordOptions extends Frame {
  readonly me: Me;
  /** Undefined when it worked; the page is then replaced. */
  readonly submit: (change: PasswordChangeRequest) => Promise<Failure | undefined>;
  /** Without a change: back to the list, or, while there is no way there, signing out. */
  readonly leave: () => void;
}

const PROBLEMS: Readonly<Record<PasswordProblem, TextKey>> = {
  "too-short": "passwordTooShort",
  "too-long": "passwordTooLong",
  "own-words": "passwordOwnWords",
  uniform: "passwordUniform",
  guessable: "passwordGuessable",
  same: "passwordSame",
};

export function passwordPage(options: PasswordOptions): Page {
  const { words, me } = options;
  const form = passwordForm(options);
  const card = el(
    "section",
    { class: "card new-password" },
    el("h1", {}, words.text("passwordTitle")),
    el("p", {}, words.text(me.mustChange ? "passwordFirst" : "passwordOwn")),
    form.element,
  );
  return { element: framed(options, el("div", { class: "column narrow" }, card)), close: form.close };
}

function passwordForm({ words, me, submit, leave }: PasswordOptions): Page {
  const { old, next, again } = fieldsOf(words, me);
  const fields = [...(old ? [old.password, old.code] : []), next, again];
  const message = el("div", { class: "message", testId: "password-message" });
  const go = new Submit(words, "password-change", "passwordChange");
  const countdown = new Countdown(words);

  const explain = (failure: Failure): void => {
    const { code, reason, retryAfterS } = failure;
    if (code === "PASSWORD_REFUSED" && reason) {
      next.complain(words.text(PROBLEMS[reason], { count: MIN_PASSWORD_CHARS }));
      return;
    }
    if (old) old.code.input.value = "";
    if (code === "SIGN_IN_REFUSED" && old) {
      old.password.complain(words.text("passwordOldWrong"));
      return;
    }
    const { what, todo } = words.error(code);
    const line = el("p", { testId: "retry-after" });
    const problem = notice("problem", what, "password-problem", el("p", {}, todo), line);
    message.replaceChildren(problem);
    problem.focus();
    if (retryAfterS !== undefined) countdown.start(retryAfterS, line);
  };

  const send = async (): Promise<void> => {
    for (const field of fields) field.clear();
    message.replaceChildren();
    const newPassword = next.input.value;
    const code = old && digitsOf(old.code);
    if (old?.password.input.value === "") return old.password.complain(words.text("missingPassword"));
    if (old && code === undefined) return old.code.complain(words.text("missingCode"));
    if ([...newPassword].length < MIN_PASSWORD_CHARS) {
      return next.complain(words.text("passwordTooShort", { count: MIN_PASSWORD_CHARS }));
    }
    if (newPassword !== again.input.value) return again.complain(words.text("passwordDiffers"));
    const current = old && code !== undefined ? { password: old.password.input.value, code } : undefined;
    go.busy(true);
    const failure = await submit({ newPassword, ...(current && { current }) });
    go.busy(false);
    if (failure) explain(failure);
  };

  const element = form(
    send,
    message,
    whose(me),
    ...fields.slice(0, -2).map(({ row }) => row),
    next.row,
    el("p", { class: "hint" }, words.text("passwordAdvice")),
    again.row,
    go.element,
    button(words.text(me.mustChange ? "signOut" : "cancel"), "password-leave", leave, "quiet"),
  );
  queueMicrotask(() => (fields[0] ?? next).input.focus({ preventScroll: true }));
  return { element, close: async () => countdown.close() };
}

/** `old`: what whoever chose a password before has to give as well. */
function fieldsOf(words: Words, me: Me) {
  const secret = (testId: string, label: TextKey, autocomplete: string, hint?: TextKey): Field =>
    new Field({
      testId,
      label: words.text(label),
      ...(hint && { hint: words.text(hint, { count: MIN_PASSWORD_CHARS }) }),
      attributes: { type: "password", autocomplete },
    });
  const old = me.mustChange
    ? undefined
    : {
        password: secret("old-password", "passwordOld", "current-password"),
        code: codeField(words),
      };
  const next = secret("new-password", "passwordNew", "new-password", "passwordNewHint");
  const again = secret("new-password-again", "passwordAgain", "new-password");
  revealable(words, "new-password-show", next, again);
  if (old) revealable(words, "old-password-show", old.password);
  return { old, next, again };
}

/** Tells the browser's password store whose password it is; nobody sees it. */
const whose = ({ login }: Me): HTMLInputElement =>
  el("input", { attributes: { type: "text", autocomplete: "username", value: login, readonly: true, hidden: true } });
