/** What was asked of managers, where the page shows it: as a card in the list, as a button and news in a session. Both are loaded when they are wanted. */
import type { OwnRequest } from "../signaling/protocol/requests.ts";
import { el } from "./dom.ts";
import type { RequestsCard } from "./pages/requests-card.ts";
import { Requests } from "./requests.ts";
import type { Words } from "./words/strings.ts";

const LOOK_MS = 30_000;

export interface RequestsHereOptions {
  readonly words: () => Words;
  readonly lost: () => void;
  /** To what others ask. */
  readonly answer: () => void;
  /** Above the picture, while there is one. */
  readonly tell: (news: string) => void;
}

export class RequestsHere {
  readonly #options: RequestsHereOptions;
  readonly #requests: Requests;
  #card: RequestsCard | undefined;
  /** The overtime that waited or was approved when it was looked at last, as it stood then. */
  #open: OwnRequest | undefined;

  constructor(options: RequestsHereOptions) {
    this.#options = options;
    this.#requests = new Requests({ changed: () => this.#changed(), lost: options.lost });
    // nobody tells a manager of what others ask
    setInterval(() => this.#isAnswering && this.load(), LOOK_MS);
  }

  get #isAnswering(): boolean {
    const isShown = this.#card?.element.isConnected === true && !document.hidden;
    return isShown && this.#requests.value?.toAnswer !== undefined;
  }

  /** In a session: whether more time can be asked for, or was. */
  get extension(): "none" | "may" | "waits" {
    if (this.#requests.overtime?.state === "waiting") return "waits";
    return this.#requests.mayExtend ? "may" : "none";
  }

  load(): void {
    void this.#requests.load();
  }

  forget(): void {
    this.#requests.forget();
    this.#card = undefined;
    this.#open = undefined;
  }

  /** Where the card will be. */
  card(): HTMLElement {
    const place = el("div", {});
    this.#card = undefined;
    const words = this.#options.words();
    this.load();
    void import("./pages/requests-card.ts").then(({ RequestsCard: Card }) => {
      if (!place.isConnected) return;
      this.#card = new Card({ words, requests: this.#requests, answer: this.#options.answer });
      place.append(this.#card.element);
    });
    return place;
  }

  extend(): void {
    void import("./pages/requests-card.ts").then(({ extend }) => extend(this.#options.words(), this.#requests));
  }

  #changed(): void {
    this.#card?.draw();
    const { overtime } = this.#requests;
    const before = this.#open;
    this.#open = overtime?.state === "waiting" || overtime?.state === "approved" ? overtime : undefined;
    if (!overtime || overtime.id !== before?.id || overtime.state === before.state) return;
    void import("./pages/requests-card.ts").then(({ newsOf }) => {
      const news = newsOf(this.#options.words(), overtime);
      if (news !== undefined) this.#options.tell(news);
    });
  }
}
