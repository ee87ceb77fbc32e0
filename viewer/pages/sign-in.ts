/** Sign-in: who, password, one-time code; and this browser's code, always in sight, to be read to IT. */
import type { Failure } from "../../signaling/client/account.ts";
import type { DeviceProblem } from "../../signaling/client/device-key.ts";
import { Login, type OrganisationCode } from "../../signaling/protocol/ids.ts";
import type { Device } from "../device.ts";
import { button, codeGroups, el } from "../dom.ts";
import type { TextKey } from "../words/dictionary.ts";
import type { Words } from "../words/strings.ts";
import { Countdown, codeField, digitsOf, Field, form, half, revealable, Submit } from "./field.ts";
import { MailCode, type MailWay } from "./mail-code.ts";
import { parseOrganisation } from "./organisation.ts";
import { type Frame, framed, notice, type Page } from "./page.ts";
import "./sign-in.css";

/** All but the code. */
export interface Who {
  /** Where the server has several. */
  readonly organisation: OrganisationCode | undefined;
  readonly login: Login;
  readonly password: string;
}

export interface Credentials extends Who {
  readonly code: string;
}

export interface SignInOptions extends Frame {
  readonly device: Device | DeviceProblem | "old-browser";
  /** Something to say first, e.g. why the last sign-in ended. */
  readonly first: Node | undefined;
  /** Undefined: it is not asked for. `known`: from before, or from the link. */
  readonly organisation: { readonly known: OrganisationCode | undefined } | undefined;
  /** Undefined: nobody can sign in here. */
  readonly mail: MailWay<Who> | undefined;
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
  const fields = signInFields(options);
  const message = el("div", { class: "message", testId: "sign-in-message" });
  const go = new Submit(words, "sign-in", "signIn");
  const countdown = new Countdown(words);

  const complain = ({ missing, at }: Missing): void => {
    message.replaceChildren(notice("problem", words.text(missing), "sign-in-problem"));
    at.setAttribute("aria-invalid", "true");
    at.focus();
  };
  const failed = (failure: Failure): void => {
    const line = el("p", { testId: "retry-after" });
    const problem = explain(words, failure, line, options.organisation !== undefined);
    message.replaceChildren(problem);
    problem.focus();
    if (failure.retryAfterS !== undefined) countdown.start(failure.retryAfterS, line);
  };
  const mail =
    options.mail &&
    new MailCode<Who>({
      ...{ ...options.mail, words, code: fields.code, failed },
      who: () => {
        const who = fields.who();
        if (!("missing" in who)) return who;
        complain(who);
        return undefined;
      },
      say: (...what) => message.replaceChildren(...what),
    });

  const submit = async (): Promise<void> => {
    const given = fields.given(mail?.isOffered === true);
    if ("missing" in given) {
      complain(given);
      return;
    }
    message.replaceChildren(); // what was wrong before is not the answer to this
    go.busy(true);
    const failure = await options.submit(given);
    go.busy(false);
    if (!failure) return;
    fields.code.input.value = "";
    failed(failure);
  };

  const element = form(submit, message, ...fields.rows, ...(mail ? [mail.element] : []), go.element);
  queueMicrotask(() => fields.begin.focus({ preventScroll: true }));
  return { element, close: async () => countdown.close() };
}

/** What is not there yet, and where it belongs. */
interface Missing {
  readonly missing: TextKey;
  readonly at: HTMLInputElement;
}

function signInFields({ words, organisation: asked }: SignInOptions) {
  const organisation = asked && organisationChoice(words, asked.known);
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

  const who = (): Who | Missing => {
    for (const { input } of [login, password, code]) input.removeAttribute("aria-invalid");
    organisation?.input.removeAttribute("aria-invalid");
    const where = organisation && parseOrganisation(organisation.input.value);
    const named = Login.safeParse(half(login.input.value).toLowerCase());
    if (organisation && !where) {
      organisation.ask();
      return { missing: "missingOrganisation", at: organisation.input };
    }
    if (!named.success) return { missing: "missingLogin", at: login.input };
    if (password.input.value === "") return { missing: "missingPassword", at: password.input };
    return { organisation: where, login: named.data, password: password.input.value };
  };
  const given = (isMailed: boolean): Credentials | Missing => {
    const named = who();
    if ("missing" in named) return named;
    const digits = digitsOf(code, isMailed);
    if (digits !== undefined) return { ...named, code: digits };
    return { missing: isMailed ? "missingCodeOrMail" : "missingCode", at: code.input };
  };

  const rows = [...(organisation ? [organisation.element] : []), login.row, password.row, code.row];
  const begin = organisation?.isKnown === false ? organisation.input : login.input;
  return { rows, begin, code, who, given };
}

/** A box while it is not known; else one line that says which it is, with a way to another. */
function organisationChoice(words: Words, known: OrganisationCode | undefined) {
  const field = new Field({
    testId: "organisation",
    label: words.text("organisation"),
    hint: words.text("organisationHint"),
    attributes: { autocomplete: "organization", autocapitalize: "none", spellcheck: "false", maxlength: "32" },
  });
  field.input.value = known ?? "";
  const element = el("div", { class: "organisation-choice" });
  const ask = (): void => element.replaceChildren(field.row);
  const change = button(
    words.text("organisationChange"),
    "organisation-change",
    () => {
      ask();
      field.input.select();
      field.input.focus();
    },
    "quiet",
  );
  const line = el(
    "p",
    { class: "organisation-known", testId: "organisation-known" },
    el("span", {}, words.text("organisationIs", { code: known ?? "" })),
    change,
  );
  element.append(known === undefined ? field.row : line);
  return { element, input: field.input, isKnown: known !== undefined, ask };
}

function explain(words: Words, failure: Failure, line: HTMLElement, asksOrganisation: boolean): HTMLElement {
  const { what, todo } = words.error(failure.code);
  if (failure.code !== "SIGN_IN_REFUSED") {
    const time = failure.until === undefined ? undefined : words.time(failure.until, Date.now());
    const end = time === undefined ? "" : words.text("lockedUntil", { time });
    return notice("problem", `${what}${end}`, "sign-in-problem", el("p", {}, todo), line);
  }
  const four = ["refusedLogin", "refusedPassword", "refusedCode", "refusedDevice"] as const;
  const keys = asksOrganisation ? (["refusedOrganisation", ...four] as const) : four;
  const items = keys.map((key) => el("li", {}, words.text(key)));
  const intro = el("p", {}, words.text("refusedIntro", { count: keys.length }));
  return notice("problem", words.text("refusedTitle"), "sign-in-problem", intro, el("ol", {}, ...items), line);
}
