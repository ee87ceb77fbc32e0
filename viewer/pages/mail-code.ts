/** 「メールでコードを受け取る」, below the box for the code, where the server can send mails. What it says afterwards tells nothing of what was right. */
import type { Failure, Result } from "../../signaling/client/account.ts";
import type { MailCodeResponse } from "../../signaling/protocol/api.ts";
import { button, el } from "../dom.ts";
import type { Words } from "../words/strings.ts";
import type { Field } from "./field.ts";
import { notice } from "./page.ts";

/** Codes by mail, as the page asks for them. */
export interface MailWay<Who> {
  /** Whether the server can send any at all. */
  readonly offered: () => Promise<boolean>;
  readonly ask: (who: Who) => Promise<Result<MailCodeResponse>>;
}

interface MailCodeOptions<Who> extends MailWay<Who> {
  readonly words: Words;
  readonly code: Field;
  /** Undefined: something is missing, and was said. */
  readonly who: () => Who | undefined;
  /** In place of what was said before. */
  readonly say: (...what: HTMLElement[]) => void;
  readonly failed: (failure: Failure) => void;
}

export class MailCode<Who> {
  /** Empty where there is nothing to press. */
  readonly element = el("div", { class: "mail-code" });
  readonly #options: MailCodeOptions<Who>;
  #isOffered = false;

  constructor(options: MailCodeOptions<Who>) {
    this.#options = options;
    void options.offered().then((isOffered) => {
      if (isOffered) this.#show();
    });
  }

  get isOffered(): boolean {
    return this.#isOffered;
  }

  #show(): void {
    const { words, code } = this.#options;
    this.#isOffered = true;
    code.hint(words.text("oneTimeCodeOrMailHint"));
    const ask: HTMLButtonElement = button(words.text("mailCodeAsk"), "mail-code", () => void this.#ask(ask), "quiet");
    this.element.append(ask);
  }

  async #ask(pressed: HTMLButtonElement): Promise<void> {
    const { words, code, who, ask, say, failed } = this.#options;
    const given = who();
    if (given === undefined) return;
    say();
    pressed.disabled = true;
    const answer = await ask(given);
    pressed.disabled = false;
    if (!answer.ok) {
      failed(answer.failure);
      return;
    }
    const minutes = answer.value.validMinutes;
    const lines = [words.text("mailCodeTodo", { minutes }), words.text("mailCodeNot")];
    say(notice("info", words.text("mailCodeAsked"), "mail-code-asked", ...lines.map((line) => el("p", {}, line))));
    code.input.value = "";
    code.input.focus();
  }
}
