/** Failures and ends, in English, said to administrators. */
import type { EndReason, ErrorCode } from "../../../protocol/errors.ts";
import type { Explanation } from "./dictionary.ts";

const RELOAD = "Reload the page (F5) and try again.";
const ANEW = "Load the list anew and see how things stand.";

export const errorsEn: Readonly<Record<ErrorCode | "unreachable", Explanation>> = {
  BAD_MESSAGE: { what: "Page and server do not speak the same language", todo: RELOAD },
  BAD_REQUEST: { what: "The server could not take this", todo: RELOAD },
  NOT_FOUND: { what: "Not found", todo: "It was removed, or you may not see it. Go back to the list." },
  FORBIDDEN: { what: "Not allowed", todo: "Your duties do not cover this. Ask an administrator above you." },
  NOT_SIGNED_IN: { what: "Your sign-in has ended", todo: "Sign in again." },
  SIGN_IN_REFUSED: {
    what: "Refused",
    todo: "For safety nobody is told which part is wrong. Check organisation, login, password and code. A new device has to be approved by another administrator. A code works once only. Who has no duty does not get in here.",
  },
  LOCKED_OUT: { what: "Locked out", todo: "Ask another administrator why, and until when." },
  PLACE_NOT_ALLOWED: { what: "Not allowed from this place", todo: "See which places the policy names." },
  CODE_OF_ANOTHER_TIME: {
    what: "The code is right, but not of this moment",
    todo: "Type the next one as soon as it appears.",
  },
  PASSWORD_CHANGE_REQUIRED: { what: "A new password is needed", todo: "Choose your own on the page of staff." },
  PASSWORD_REFUSED: { what: "That password will not do", todo: "Choose another." },
  CODE_NEEDED: {
    what: "The one-time code is wrong, or was used already",
    todo: "Wait for the next one of your authenticator. The one you signed in with counts no more.",
  },
  ACT_REFUSED: { what: "It cannot be done as things stand", todo: ANEW },
  CONFLICT: {
    what: "Somebody else has changed it first",
    todo: "Read how it is now, check your change, and send it again. Nothing that you entered is lost.",
  },
  TOO_MANY_ATTEMPTS: { what: "Too many tries in a short time", todo: "Wait a little and try again." },
  TERMINAL_UNKNOWN: { what: "No such office PC", todo: ANEW },
  TERMINAL_OFFLINE: { what: "The office PC cannot be reached", todo: "See whether it is on and its agent runs." },
  TERMINAL_BUSY: { what: "Somebody else uses it", todo: "Wait for them, or call them." },
  TERMINAL_YOURS_ELSEWHERE: { what: "You are connected from another device", todo: ANEW },
  OUTSIDE_HOURS: { what: "Outside the hours", todo: "See which hours the policy names." },
  TOO_MANY_SESSIONS: { what: "Too many sessions at once", todo: "Wait for another one to end." },
  WAKE_IMPOSSIBLE: { what: "This PC cannot be woken", todo: "Have it switched on at the office." },
  SESSION_UNKNOWN: { what: "That session has ended", todo: ANEW },
  ENROL_REFUSED: { what: "Enrolment refused", todo: "Make a new enrolment token." },
  AGENT_REFUSED: { what: "The office PC refused", todo: "Check how that PC is registered." },
  SERVER_BUSY: { what: "Very busy at the moment", todo: "Wait a little and try again." },
  STORAGE_UNAVAILABLE: { what: "The server cannot keep records", todo: "See whether its disk is full." },
  INTERNAL: { what: "Something went wrong on the server", todo: "Try again; if it stays, look into the server's log." },
  unreachable: {
    what: "The server cannot be reached",
    todo: "See whether you are on the office network. It goes on by itself afterwards.",
  },
};

export const reasonsEn: Readonly<Record<EndReason, string>> = {
  "viewer-left": "ended by the person",
  "signed-out": "signed out",
  "sign-in-expired": "end of the sign-in",
  "taken-over": "moved to another device of the person",
  "in-use": "in use by somebody else",
  silence: "no word from home",
  "resume-expired": "did not come back in time",
  "negotiation-timeout": "no picture in time",
  "relay-unreachable": "relay not reached",
  "device-unknown": "device not registered on the PC",
  "signature-invalid": "signature not valid",
  "fingerprint-mismatch": "the other end may be false",
  "agent-not-trusted": "the PC's key has changed",
  "device-removed": "device removed",
  "device-expired": "the device's permit ended",
  "grant-removed": "grant ended",
  "person-disabled": "person disabled",
  "terminal-disabled": "PC disabled",
  "locked-out": "locked out",
  administrator: "ended by an administrator",
  "agent-left": "ended by the PC",
  "agent-stopped": "PC off or restarted",
  "desktop-unavailable": "screen not readable",
  "no-common-codec": "browser without a fitting codec",
  "cover-unavailable": "office screen not covered",
  "not-locked": "not locked",
  idle: "idle",
  "hours-over": "the hours were over",
  "session-too-long": "longest time of a session",
  "policy-unknown": "the office PC did not have its policy",
  "place-not-allowed": "a place that is not allowed",
  unconfirmed: "not confirmed after a restart",
  internal: "internal problem",
};
