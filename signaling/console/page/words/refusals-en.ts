/** Why the desk refuses, in English, without the words of the command line (protocol/desk-refusals.ts). */

import type { RefusalCode } from "../../../protocol/desk-refusals.ts";
import { MAX_PASSWORD_CHARS, MIN_PASSWORD_CHARS } from "../../../protocol/limits.ts";
import { REQUEST_REFUSALS } from "../../../protocol/request-words.ts";

export const refusalsEn: Readonly<Record<RefusalCode, string>> = {
  "not-allowed": "Your duties do not cover this here. Ask an administrator above you.",
  "own-wish": "You asked for it yourself. Somebody else has to confirm it.",
  "wider-duty-given": "Nobody gives a duty that is wider than their own.",
  "wider-duty-taken": "Nobody takes away a duty that is wider than their own.",

  "organisation-none": "There is no organisation yet. Make one first.",
  "organisation-unknown": "There is no organisation {organisation}. Check its code.",
  "organisation-unsaid": "Choose an organisation: {organisations}",
  "organisation-misplaced": "An organisation of this kind ({kind}) does not stand below that one ({parent}).",
  "organisation-name-taken": "There is an organisation named {name} already. Choose another name.",
  "organisation-code-taken": "The code {code} is taken. Choose another.",
  "operator-there": "There is an operator already. A server has one.",

  "division-unknown": "There is no division {division}. It was renamed, or is no more.",
  "division-unsaid": "Choose a division.",
  "division-unclear": "Several divisions are named so. Name it with those above it: {divisions}",
  "division-name-bad": "The name of a division is not empty and has no / in it.",
  "division-name-taken": "There is a division named {name} there already. Choose another name.",
  "division-below-itself": "A division cannot stand below itself.",
  "division-too-deep": "Divisions would be nested too deeply. Choose one further up.",

  "person-unknown": "There is nobody with the login {login}.",
  "person-unclear": "Several organisations have somebody with this login. Choose one: {logins}",
  "login-taken": "The login {login} is taken in {organisation}. Choose another.",
  "login-of-whom": "Say whose {login} it is, with the code of the organisation.",
  "person-disabled": "{login} is disabled already.",
  "person-not-disabled": "{login} is not disabled.",
  "person-there-already": "{login} is of that division already. Choose another.",
  "letter-late": "{login} has signed in before, or is disabled. Make a new password or seed instead.",
  "duty-misplaced": "The duty {role} is for a whole organisation of the kind {kind}.",
  "duty-there": "{login} has this duty already.",
  "duty-missing": "{login} does not have this duty.",

  "password-too-short": `The password needs at least ${MIN_PASSWORD_CHARS} characters.`,
  "password-too-long": `The password is longer than ${MAX_PASSWORD_CHARS} characters.`,
  "password-own-words": "The password contains the login, or a word of the person's or organisation's name.",
  "password-uniform": "The password repeats too few different characters.",
  "password-guessable": "The password is among the first that somebody would guess.",
  "password-same": "The password is the one there was.",

  "device-unknown": "No device with the code {code} is registered any more.",
  "device-never-known": "No device with the code {code} was ever registered. Check the code.",
  "device-unclear": "Several people use this device. Choose whose: {logins}",
  "device-not-waiting":
    "No device with the code {code} is waiting. The person signs in once more (it will be refused); approve it within 24 hours.",
  "device-waits-unclear": "Several people wait with this device. Choose whose: {logins}",

  "terminal-unknown": "There is no office PC {terminal}.",
  "terminal-misheard":
    "There is no office PC {terminal}, and its last letter does not fit the others: one was misheard or mistyped. Ask for it again.",
  "terminal-expired": "The time of {terminal} is over: “{name}” has ended. Ask the operator to extend it.",
  "terminal-unnamed": "Give the office PC a name.",
  "terminal-disabled": "The office PC {terminal} is disabled already.",
  "terminal-not-disabled": "The office PC {terminal} is not disabled.",
  "terminal-not-set-aside": "The office PC {terminal} is not set aside any more.",

  "event-unknown": "There is no such event.",
  "event-over": "“{name}” is over. To go on, extend it first.",
  "event-ends-before": "That day has passed. Choose today or a later day.",
  "event-ends-then": "It ends on that day already.",
  "event-end-without-reason": "Another end needs a reason.",

  "application-unknown": "There is no application with the number {application}.",
  "application-decided": "Application {application} does not wait any longer. Load the page again.",
  "application-twice": "“{name}” stands there twice. Put it into one line.",

  "allotment-none": "No terminal IDs were given to this organisation yet. Ask the prefecture or the operator to apply.",
  "allotment-used-up":
    "All terminal IDs given to this organisation are in use. Disable an office PC that is not used, or apply for more.",

  "grant-elsewhere": "{login} and the office PC {terminal} belong to different organisations.",
  "grant-ends-before": "The end of the grant lies in the past. Choose a later day.",
  "grant-missing": "{login} has no grant for the office PC {terminal} any more.",

  "session-unknown": "There is no such session.",
  "session-over": "This session is over already.",

  "lock-unknown": "There is no lock {lock}.",
  "lock-without-reason": "A lock needs a reason.",
  "lock-ends-before": "The end of the lock lies in the past. Choose a later time.",
  "lock-of-oneself": "Nobody locks themselves out. Ask another administrator.",
  "lock-over": "This lock is over already.",
  "lock-lifted": "This lock was lifted already.",
  "lock-code-wrong": "This is not the code of this lock. Check the paper.",

  "confirmation-unknown": "Nothing waits with the number {confirmation}. It was withdrawn, or is too old.",
  "confirmation-done": "Somebody else has confirmed it already.",

  "policy-unchanged": "This is how it is already. Nothing would change.",
  "policy-place-unknown": "There is no such place, or you may not see it.",
  "policy-above-only": "Only the server and organisations have this rule.",
  "policy-name-twice": "Two places have the same name. Choose another one.",
  "policy-name-kept": "No place may be named {name}. Choose another name.",
  "policy-name-unknown": "There is no place named {name}. Name it first, or choose another one.",
  "policy-name-used":
    "The place {name} is used by the rules of {by}. Without it nobody would get in there; change those first.",

  ...REQUEST_REFUSALS.en,

  "import-unknown": "This file is not known any more, and nothing was imported. Choose it again.",
  "import-empty": "There is nothing in this file to be done any more.",
  "import-not-undone": "This import cannot be undone: it was undone before, is not the last one, or a day has passed.",
};
