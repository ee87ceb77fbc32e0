/** Sign-in: who, password, one-time code; and this browser's code, always in sight, to be read to IT. */
import { Login } from "../../signaling/protocol/ids.ts";
import type { Failure } from "../api.ts";
import type { Device, DeviceProblem } from "../device.ts";
import { codeGroups, el } from "../dom.ts";
import type { TextKey } from "../words/dictionary.ts";
import type { Words } from "../words/strings.ts";
import { Countdown, codeField, digitsOf, Field, form, half, revealable, Submit } from "./field.ts";
import { type Frame, framed, notice, type Page } from "./page.ts";
import "./sign-in.css";

export interface Credentials {
  readonly login: Login;
  readonly password: string;
  readonly code: string;
}

export interface SignInOptions extends Frame {
  readonly device: Device | DeviceProblem | "old-browser";
  /** Something to say first, e.g. why the last sign-in ended. */
  readonly first: Node | undefined;
  /** Undefined when it worked; the page is then replaced. */
  readonly submit: (credentials: Credentials) => Promise<Failure | undefined>;
}

const PROBLEMS: Record<DeviceProblem | "old-browser", readonly [TextKey, TextKey]> = {
  insecure: ["deviceInsecure", "deviceInsecureTodo"],
  "no-storage": ["deviceNoStorage", "deviceNoStorageTodo"],
  "old-browser": ["browserOld", "browserOldTodo"],
};

export function signInPage(options: SignInOptions): Page {
  const { words, device } = options;
  const usable = typeof device !== "string";
  const welcome = el(
    "section",
    { class: "welcome" },
    el("img", { class: "welcome-picture", attributes: { src: pictureUrl, alt: "" } }),
    el(
      "div",
      { class: "welcome-words" },
      el("p", { class: "welcome-tagline" }, words.text("tagline")),
      el("p", { class: "welcome-more" }, words.text("taglineMore")),
    ),
  );
  const form = usable ? signInForm(options) : impossible(words, device);
  const card = el(
    "section",
    { class: "card sign-in" },
    el("h1", {}, words.text("signInTitle")),
    options.first,
    form.element,
  );
  const aside = usable ? deviceCard(words, device) : undefined;
  const element = framed(
    options,
    el("div", { class: "entrance" }, welcome, el("div", { class: "entrance-side" }, card, aside)),
  );
  return { element, close: form.close };
}

const pictureUrl = new URL("../assets/veranda.svg", import.meta.url).href;

function impossible(words: Words, problem: DeviceProblem | "old-browser"): Page {
  const [what, todo] = PROBLEMS[problem];
  const element = notice("problem", words.text(what), "device-problem", el("p", {}, words.text(todo)));
  return { element, close: async () => {} };
}

function deviceCard(words: Words, device: Device): HTMLElement {
  return el(
    "section",
    { class: "card device-card", attributes: { "aria-labelledby": "device-code-title" } },
    el("h2", { id: "device-code-title" }, words.text("deviceCode")),
    codeGroups(device.code, "device-code"),
    el("p", { class: "hint" }, words.text("deviceCodeWhy")),
  );
}

function signInForm(options: SignInOptions): Page {
  const { words } = options;
  const login = new Field({
    testId: "login",
    label: words.text("login"),
    attributes: { autocomplete: "username", autocapitalize: "none", spellcheck: "false" },
  });
  const password = new Field({
    testId: "password",
    label: words.text("password"),
    attributes: { type: "password", autocomplete: "current-password" },
  });
  const code = codeField(words);
  revealable(words, "password-show", password);
  const message = el("div", { class: "message", testId: "sign-in-message" });
  const go = new Submit(words, "sign-in", "signIn");
  const countdown = new Countdown(words);

  const say = (problem: Node): void => {
    message.replaceChildren(problem);
    if (problem instanceof HTMLElement) problem.focus();
  };
  const complain = (key: TextKey, at: HTMLInputElement): void => {
    message.replaceChildren(notice("problem", words.text(key), "sign-in-problem"));
    at.setAttribute("aria-invalid", "true");
    at.focus();
  };

  const submit = async (): Promise<void> => {
    for (const { input } of [login, password, code]) input.removeAttribute("aria-invalid");
    const who = Login.safeParse(half(login.input.value).toLowerCase());
    const digits = digitsOf(code);
    if (!who.success) return complain("missingLogin", login.input);
    if (password.input.value === "") return complain("missingPassword", password.input);
    if (digits === undefined) return complain("missingCode", code.input);
    go.busy(true);
    const failure = await options.submit({ login: who.data, password: password.input.value, code: digits });
    go.busy(false);
    if (!failure) return;
    code.input.value = "";
    const line = el("p", { testId: "retry-after" });
    say(explain(words, failure, line));
    if (failure.retryAfterS !== undefined) countdown.start(failure.retryAfterS, line);
  };

  const element = form(submit, message, login.row, password.row, code.row, go.element);
  queueMicrotask(() => login.input.focus({ preventScroll: true }));
  return { element, close: async () => countdown.close() };
}

function explain(words: Words, failure: Failure, line: HTMLElement): HTMLElement {
  const { what, todo } = words.error(failure.code);
  if (failure.code !== "SIGN_IN_REFUSED") {
    return notice("problem", what, "sign-in-problem", el("p", {}, todo), line);
  }
  const four = (["refusedLogin", "refusedPassword", "refusedCode", "refusedDevice"] as const).map((key) =>
    el("li", {}, words.text(key)),
  );
  const intro = el("p", {}, words.text("refusedIntro"));
  return notice("problem", words.text("refusedTitle"), "sign-in-problem", intro, el("ol", {}, ...four), line);
}
