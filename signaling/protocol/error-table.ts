/**
 * Failures that the other side is told about: what HTTP answers with, and whether they pass. What a page says of each stands in
 * error-words.ts. Codes are wire contract: add, never rename. The READMEs (signaling/) explain each to those who run the server; a
 * test holds them to this.
 */

interface ErrorFacts {
  /** Status of the answer (RFC 9110 §15); undefined: said on a WebSocket only. */
  readonly http: number | undefined;
  /**
   * `asked-again`: there is no room at this moment; the page takes its turn and asks again by itself. `may-pass`: so does a session
   * that is being rebuilt. Undefined: somebody has to do something first.
   */
  readonly later: "asked-again" | "may-pass" | undefined;
}

export const ERRORS = {
  BAD_MESSAGE: { http: undefined, later: undefined },
  BAD_REQUEST: { http: 400, later: undefined },
  NOT_FOUND: { http: 404, later: undefined },
  FORBIDDEN: { http: 403, later: undefined },
  NOT_SIGNED_IN: { http: 401, later: undefined },
  SIGN_IN_REFUSED: { http: 401, later: undefined },
  LOCKED_OUT: { http: 403, later: undefined },
  PLACE_NOT_ALLOWED: { http: 403, later: undefined },
  CODE_OF_ANOTHER_TIME: { http: 401, later: undefined },
  PASSWORD_CHANGE_REQUIRED: { http: 403, later: undefined },
  PASSWORD_REFUSED: { http: 400, later: undefined },
  CODE_NEEDED: { http: 403, later: undefined },
  ACT_REFUSED: { http: 409, later: undefined },
  CONFLICT: { http: 409, later: undefined },
  TOO_MANY_ATTEMPTS: { http: 429, later: "asked-again" },
  TERMINAL_UNKNOWN: { http: undefined, later: undefined },
  TERMINAL_EXPIRED: { http: undefined, later: undefined },
  TERMINAL_OFFLINE: { http: undefined, later: "may-pass" },
  TERMINAL_BUSY: { http: undefined, later: undefined },
  TERMINAL_YOURS_ELSEWHERE: { http: undefined, later: undefined },
  OUTSIDE_HOURS: { http: undefined, later: undefined },
  TOO_MANY_SESSIONS: { http: undefined, later: undefined },
  WAKE_IMPOSSIBLE: { http: undefined, later: undefined },
  SESSION_UNKNOWN: { http: undefined, later: undefined },
  ENROL_REFUSED: { http: 403, later: undefined },
  AGENT_REFUSED: { http: 403, later: undefined },
  SERVER_BUSY: { http: 503, later: "asked-again" },
  STORAGE_UNAVAILABLE: { http: 503, later: "may-pass" },
  INTERNAL: { http: 500, later: "may-pass" },
} as const satisfies Readonly<Record<string, ErrorFacts>>;

export type ErrorCode = keyof typeof ERRORS;

/** The same with the plain types, for those who look one up. */
export const errorFacts = (code: ErrorCode): ErrorFacts => ERRORS[code];
