/**
 * What the desk (organisations/) refuses although it was asked rightly: things stand otherwise, or somebody may not. The command line
 * says these sentences, with `{facts}` filled in; the console says the same by the code, in its own languages (page/words/refusals-*.ts).
 * Codes go out with ACT_REFUSED and FORBIDDEN: add, never rename.
 */
import { MAX_PASSWORD_CHARS, MIN_PASSWORD_CHARS } from "./limits.ts";

export const REFUSALS = {
  "not-allowed": "you may not do this here ({action})",
  "own-wish": "you asked for it yourself: somebody else has to confirm it",
  "wider-duty-given": "nobody gives a duty that is wider than their own",
  "wider-duty-taken": "nobody takes a duty that is wider than their own",

  "organisation-none": 'there is no organisation yet; make one with "organisation add NAME"',
  "organisation-unknown": 'there is no organisation {organisation}; "organisation list" shows all',
  "organisation-unsaid": "say which organisation with --organisation: {organisations}",
  "organisation-misplaced": "no {kind} stands below a {parent}",
  "organisation-name-taken": "there is an organisation named {name} already",
  "organisation-code-taken": "the code {code} is taken",
  "operator-there": "there is an operator already; a server has one",

  "division-unknown": 'there is no division {division}; "division list" shows all',
  "division-unsaid": "say which division",
  "division-unclear": "several divisions are named so; say which: {divisions}",
  "division-name-bad": "the name of a division has no / in it",
  "division-name-taken": "there is a division named {name} there already",
  "division-below-itself": "a division cannot stand below itself",
  "division-too-deep": "divisions would be nested too deeply",

  "person-unknown": 'there is nobody with the login {login}; "person list" shows everybody',
  "person-unclear": "several people have this login; say which: {logins}",
  "login-taken": "the login {login} is taken in {organisation}",
  "login-of-whom": "say whose, with the code of the organisation: CODE/{login}",
  "person-disabled": "{login} is disabled already",
  "person-not-disabled": "{login} is not disabled",
  "person-there-already": "{login} is of this division already",
  "letter-late": "{login} has signed in before, or is disabled; make a new password or seed instead",
  "duty-misplaced": "the duty {role} is for a whole organisation of the kind {kind}",
  "duty-there": "{login} has this duty already",
  "duty-missing": '{login} does not have this duty; "duty list" shows all',

  "password-too-short": `the password needs at least ${MIN_PASSWORD_CHARS} characters`,
  "password-too-long": `the password is longer than ${MAX_PASSWORD_CHARS} characters`,
  "password-own-words":
    "the password contains the login, or a word of the person's or organisation's name: somebody would guess that",
  "password-uniform": "the password repeats too few different characters",
  "password-guessable": "the password is among the first that somebody would guess: common words, names, keyboard rows",
  "password-same": "the password is the one there was",

  "device-unknown": 'no device with the code {code} is registered; "device list" shows all',
  "device-never-known": 'no device with the code {code} was ever registered; "device list" shows all',
  "device-unclear": "several people use this device; say whose with --login: {logins}",
  "device-not-waiting":
    "no device with the code {code} is waiting; the person signs in once (it will be refused), then try again within 24 hours",
  "device-waits-unclear": "several people wait with this device; say whose with --login: {logins}",

  "terminal-unknown": 'there is no terminal {terminal}; "terminal list" shows all',
  "terminal-misheard":
    "there is no terminal {terminal}, and its last letter does not fit the others: one of them was misheard or mistyped",
  "terminal-expired": "the time of {terminal} is over: {name} has ended; the operator can extend it",
  "terminal-unnamed": "a new terminal needs a name; or say --terminal ID for one that exists",
  "terminal-disabled": "{terminal} is disabled already",
  "terminal-not-disabled": "{terminal} is not disabled",
  "terminal-not-set-aside": "{terminal} is not set aside",

  "event-unknown": 'there is no event {event}; "event list" shows them',
  "event-over": "{name} is over; the operator can extend it",
  "event-ends-before": "that day lies in the past",
  "event-ends-then": "it ends then already",
  "event-end-without-reason": "another end needs a reason",

  "application-unknown": 'there is no application {application}; "wave list" shows them',
  "application-decided": "application {application} does not wait any longer",
  "application-twice": "{name} stands there twice",
  "application-too-many": "{count} applications of yours wait already: withdraw one, or wait for an answer",

  "allotment-none": "no IDs were given to this organisation for that; its prefecture or the operator applies for them",
  "allotment-used-up":
    "all IDs that were given to this organisation are in use; disable an office PC or apply for more",

  "grant-elsewhere": "{login} and {terminal} belong to different organisations",
  "grant-ends-before": "the end of the grant lies in the past",
  "grant-missing": '{login} has no grant for {terminal}; "grant list" shows all',

  "session-unknown": 'there is no session {session}; "session list" shows them',
  "session-over": "this session is over already",

  "lock-unknown": 'there is no lock {lock}; "lock list" shows them',
  "lock-without-reason": "a lock needs a reason",
  "lock-ends-before": "the end of the lock lies in the past",
  "lock-of-oneself": "nobody locks themselves out; somebody else can do it",
  "lock-over": "this lock is over already",
  "lock-lifted": "this lock was lifted already",
  "lock-code-wrong": "this is not the code of this lock",

  "confirmation-unknown": 'nothing waits with the number {confirmation}; "confirm" without a number shows what does',
  "confirmation-done": "somebody else has confirmed it already",

  "policy-unchanged": "nothing is changed by this",
  "policy-place-unknown": "there is no such place for you to look at policy",
  "policy-above-only": "only the server and organisations have: {rules}",
  "policy-name-twice": "two places have the same name",
  "policy-name-kept": "no place may be named {name}",
  "policy-name-unknown": 'there is no place named {name}; "policy show" says which there are',
  "policy-name-used": "the place {name} is named by the rules of {by}, which would let nobody in from there",

  "request-unknown": "there is no such request",
  "request-over": "this request waits no longer: it was answered, withdrawn, or its time is over",
  "request-not-in-force": "what was approved is in force no longer: it was taken back, withdrawn, or its time is over",
  "request-later": "later overtime of theirs is approved, too: that has to be taken back or withdrawn first",
  "request-grant-stands": "the use of a PC is taken away as the grant that it is",
  "request-own": "nobody answers a request of their own: somebody else has to",
  "request-twice": "you have approved it already: somebody else has to, too",
  "request-waits": "a request of this kind waits already; withdraw it first",
  "request-too-many": "more than {count} requests in a day",
  "request-past": "the end lies in the past",
  "request-no-hours": "there are no hours that end: nothing has to be asked for",
  "request-day-off": "there are no hours today that could go on",
  "request-needless": "hours go on until then without it",
  "request-too-late": "overtime goes on until {hour}:00 at most",
  "request-too-long": "a PC can be asked for for {days} days at most",
  "request-terminal-unknown": "your division has no PC {terminal}",
  "request-terminal-unclear": "several PCs are named so; say which by its ID: {terminals}",
  "request-terminal-gone": "{terminal} cannot be used at present: refuse the request, or approve it once it can",
  "request-terminal-yours": "you may use this PC until then already",

  "import-unknown": "this file is not known any more: read it again",
  "import-empty": "there is nothing in this file to be done any more",
  "import-not-undone": "this import cannot be undone: it was undone before, is not the last one, or a day has passed",
} as const satisfies Readonly<Record<string, string>>;

export type RefusalCode = keyof typeof REFUSALS;

/** The facts that its sentence names. */
type FactsIn<Text extends string> = Text extends `${string}{${infer Name}}${infer Rest}` ? Name | FactsIn<Rest> : never;
export type RefusalFacts<Code extends RefusalCode> = Readonly<
  Record<FactsIn<(typeof REFUSALS)[Code]>, string | number>
>;

/** In English, for the command line. */
export const refusalSentence = (code: RefusalCode, facts: Readonly<Record<string, string | number>>): string =>
  REFUSALS[code].replace(/\{(\w+)\}/g, (_, name: string) => String(facts[name] ?? ""));
