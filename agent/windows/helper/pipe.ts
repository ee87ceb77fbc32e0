/**
 * The desktop as the helper that another service keeps in the console's session: it connects to a pipe that we serve. One helper
 * counts at a time, the newest: when it comes, the one before is closed, lets go of everything and exits.
 */
import { timingSafeEqual } from "node:crypto";
import { createServer, type Server, type Socket } from "node:net";
import type { DesktopLog, DesktopSource, DesktopSourceEvents } from "../../desktop/process-source.ts";
import { publishRendezvous, type Rendezvous, SECRET_CHARS } from "./rendezvous.ts";

/** A helper is started within a second and connects at once; so long without one is worth saying. */
const MISSING_AFTER_MS = 10_000;
/** The secret is sent with the connection. */
const SECRET_TIMEOUT_MS = 3000;
/** The helper, its successor, and a few that are none. */
const MAX_CONNECTIONS = 8;
const CLOSE_TIMEOUT_MS = 2000;

export interface HelperPipeOptions {
  readonly stateDir: string;
  readonly rendezvous: Rendezvous;
  /** Lets only the helper and ourselves open the pipe. It may connect to it. Rejects: it is not served then. */
  readonly restrict: (pipe: string) => Promise<void>;
  readonly log: DesktopLog;
}

export class HelperPipe implements DesktopSource {
  readonly #options: HelperPipeOptions;
  readonly #server: Server;
  readonly #connections = new Set<Socket>();
  #events: DesktopSourceEvents | undefined;
  #helper: Socket | undefined;
  #missing: NodeJS.Timeout | undefined;
  #closing: Promise<void> | undefined;

  constructor(options: HelperPipeOptions) {
    this.#options = options;
    this.#server = createServer((socket) => this.#connected(socket));
    this.#server.maxConnections = MAX_CONNECTIONS;
  }

  start(events: DesktopSourceEvents): void {
    this.#events = events;
    this.#await();
    this.#serve().catch((error: Error) => {
      this.#options.log.warn(`the helper's pipe cannot be served: ${error.message}`);
      this.#say(`The pipe for the desktop helper cannot be served: ${error.message}`);
    });
  }

  async #serve(): Promise<void> {
    const { rendezvous, stateDir, restrict } = this.#options;
    await new Promise<void>((resolve, reject) => {
      this.#server.once("error", reject);
      this.#server.listen(rendezvous.pipe, resolve);
    });
    await restrict(rendezvous.pipe);
    await publishRendezvous(stateDir, rendezvous);
  }

  #await(): void {
    clearTimeout(this.#missing);
    this.#missing = setTimeout(
      () => this.#say("The desktop helper does not run. Check that the Windows service EngawaDesktop is running."),
      MISSING_AFTER_MS,
    );
    this.#missing.unref();
  }

  #say(message: string): void {
    if (!this.#closing) this.#events?.missing({ code: "internal", message });
  }

  #connected(socket: Socket): void {
    this.#connections.add(socket);
    let said = Buffer.alloc(0);
    const late = setTimeout(() => socket.destroy(), SECRET_TIMEOUT_MS);
    const hear = (piece: Buffer): void => {
      said = Buffer.concat([said, piece]);
      if (said.length < SECRET_CHARS) return;
      clearTimeout(late);
      socket.off("data", hear);
      socket.pause();
      const secret = said.subarray(0, SECRET_CHARS);
      if (said.length > SECRET_CHARS) socket.unshift(said.subarray(SECRET_CHARS));
      if (timingSafeEqual(secret, Buffer.from(this.#options.rendezvous.secret))) this.#welcome(socket);
      else {
        this.#options.log.warn("somebody connected to the helper's pipe with a wrong secret");
        socket.destroy();
      }
    };
    socket.on("data", hear);
    socket.on("error", () => undefined); // the close that follows says it
    socket.once("close", () => {
      clearTimeout(late);
      this.#connections.delete(socket);
      this.#closed(socket, "the pipe closed");
    });
  }

  #welcome(socket: Socket): void {
    const before = this.#helper;
    if (before) {
      before.once("close", () => this.#welcome(socket));
      this.#closed(before, "a newer helper came");
      before.destroy();
      return;
    }
    if (this.#closing || socket.destroyed) return;
    clearTimeout(this.#missing);
    this.#helper = socket;
    this.#options.log.info("the desktop helper is connected");
    this.#events?.arrived({ pipe: socket, kill: () => void socket.destroy() });
    socket.resume();
  }

  #closed(socket: Socket, cause: string): void {
    if (socket !== this.#helper) return;
    this.#helper = undefined;
    if (this.#closing) return;
    this.#options.log.warn(`the desktop helper is gone (${cause})`);
    this.#await();
    this.#events?.left(cause);
  }

  proved(): void {
    // whoever keeps the helper counts its deaths
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  /** Ends the pipe: the helper releases everything, exits, and its successor finds nobody. */
  async #close(): Promise<void> {
    clearTimeout(this.#missing);
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    const late = setTimeout(() => this.#dropAll(), CLOSE_TIMEOUT_MS);
    this.#helper?.end();
    for (const socket of this.#connections) if (socket !== this.#helper) socket.destroy();
    await closed;
    clearTimeout(late);
  }

  #dropAll(): void {
    for (const socket of this.#connections) socket.destroy();
  }
}
