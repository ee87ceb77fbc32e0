/** One's own mails of notice, over HTTP (protocol/console-notices.ts). */
import type { Request, RequestHandler } from "express";
import { appendAudit } from "../audit/chain.ts";
import { parseBody } from "../doors/routes/answer.ts";
import { type NoticesView, NoticeWish } from "../protocol/console-notices.ts";
import type { Asker, ConsoleParts } from "./routes.ts";

export class NoticeRoutes {
  readonly #parts: ConsoleParts;
  readonly #asker: (request: Request) => Promise<Asker>;

  constructor(parts: ConsoleParts, asker: (request: Request) => Promise<Asker>) {
    this.#parts = parts;
    this.#asker = asker;
  }

  readonly view: RequestHandler = async (request, response) => {
    const { signedIn } = await this.#asker(request);
    response.json(await this.#view(signedIn.person));
  };

  readonly set: RequestHandler = async (request, response) => {
    const { desk, records } = this.#parts;
    const { signedIn, principal } = await this.#asker(request);
    const wish = parseBody(NoticeWish, request.body);
    await desk.store.write(async (q) => {
      const personId = signedIn.person;
      await q.notices.put({ personId, digest: wish.digest ? 1 : 0, atOnce: wish.atOnce ? 1 : 0 });
      const about = {
        login: signedIn.login,
        kind: [wish.digest && "digest", wish.atOnce && "at-once"].filter(Boolean).join(" "),
      };
      const organisation = signedIn.organisation.id;
      await appendAudit(q, { event: "person.notices-set", at: desk.now(), actor: principal.who, organisation, about });
    });
    await records.touch(signedIn.signInId);
    response.json(await this.#view(signedIn.person));
  };

  #view(person: Asker["signedIn"]["person"]): Promise<NoticesView> {
    const { desk, hasMail } = this.#parts;
    return desk.store.read(async (q) => {
      const wish = await q.notices.of(person);
      const address = (await q.people.byId(person))?.mail;
      const problem = !hasMail ? ("no-mail-server" as const) : address ? undefined : ("no-address" as const);
      return { digest: wish?.digest !== 0, atOnce: wish?.atOnce !== 0, ...(problem && { problem }) };
    });
  }
}
