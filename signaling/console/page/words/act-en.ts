/** What the dialog of an act says. */
import type { ActType } from "../../../protocol/console-acts.ts";
import type { ActWords } from "./act-ja.ts";

export const actEn: Readonly<Record<ActType, ActWords>> = {
  "people.add": {
    title: "Add a person",
    what: "The first password and the QR code for the authenticator are shown once.",
  },
  "people.move": { title: "Move {name} to another division", what: "Grants stay as they are." },
  "people.leave": {
    title: "{name} leaves, for good or for a while",
    what: "Sessions and sign-ins end, devices and grants are removed, the person is disabled, and office PCs are told to forget the devices. Whoever comes back is enabled, granted PCs and has devices approved anew.",
  },
  "people.transfer": {
    title: "Transfer {name}",
    what: "Into another division: grants for PCs of the former one end, new ones are made, all at once.",
  },
  "people.disable": {
    title: "Disable {name}",
    what: "Sessions and sign-ins end at once, and nobody gets in by this name until it is enabled again.",
  },
  "people.enable": { title: "Enable {name}", what: "With the grants and devices there were." },
  "people.unlock": {
    title: "Lift the bar of {name}",
    what: "Ends the bar after failures. Ask the person whether the failures were theirs.",
  },
  "people.sign-out": {
    title: "Sign {name} out",
    what: "Sign-ins and sessions end on all devices. The person can sign in again.",
  },
  "people.letters": {
    title: "Make the first letter of {name}",
    what: "For who has never signed in: a new password and QR code, a page each. What was handed out before is void.",
  },
  "people.set-mail": {
    title: "Set the mail address of {name}",
    what: "Where the policy allows it, codes for signing in can be sent there. Empty: nothing is sent. Make sure by telephone that it is theirs.",
  },
  "password.set": {
    title: "Make a new password for {name}",
    what: "The old one is void and sign-ins end. The new one is shown once.",
  },
  "otp.reset": {
    title: "Register the authenticator of {name} anew",
    what: "Codes of the old one are void. The new QR code is shown once.",
  },
  "otp.lost": {
    title: "{name} has lost the phone",
    what: "Codes of the lost phone are void at once; sign-ins and sessions end. The new QR code is shown once (after a second person's confirmation where two are needed).",
  },
  "device.approve": {
    title: "Approve {name}",
    what: "Have the person read the code to you, and compare all four groups before you approve.",
  },
  "device.remove": {
    title: "Remove {name}",
    what: "Nobody gets in from this device, and its sessions end. To use it again it has to be approved anew.",
  },
  "device.lost": {
    title: "{name} was lost",
    what: "Nobody gets in from it, and every office PC that knows it is told to forget it; those that are away, when they come back. When it is found, it is approved and registered on the PC (agent devices add) anew.",
  },
  "terminal.add": {
    title: "Add an office PC",
    what: "Its enrolment token, for agent enrol on the office PC, is shown once.",
  },
  "terminal.move": { title: "Move {name} to another division", what: "Grants stay as they are." },
  "terminal.token": {
    title: "Make an enrolment token for {name}",
    what: "It is shown once. Whoever has it can enrol as this PC.",
  },
  "terminal.replace": {
    title: "Replace {name} by another PC",
    what: "A new terminal ID gets all grants, the former PC is disabled, and the token for the new one is shown once. Register home devices on the new PC (agent devices add), and give its users the paper with its code.",
  },
  "terminal.settle": {
    title: "Decide which of the two is {name}",
    what: "Two PCs with one key were connected at once and are set aside (a copied disk does that). The key is void for both; two tokens are shown once: the first for the right PC, the second for the other (agent enrol --replace).",
  },
  "terminal.disable": {
    title: "Disable {name}",
    what: "Sessions end at once, and nobody can connect until it is enabled again.",
  },
  "terminal.enable": { title: "Enable {name}", what: "With the grants there were." },
  "grant.add": { title: "Grant an office PC", what: "The person can use this PC from home." },
  "grant.remove": {
    title: "Take away: {name}",
    what: "A session that runs ends, and there can be no other until it is granted again.",
  },
  "session.end": {
    title: "End the session of {name}",
    what: "The work on the office PC stays as it is. The person can connect again.",
  },
  "lock.person": {
    title: "Lock out {name}",
    what: "Sessions and sign-ins end within seconds, and the office PCs keep them out by themselves. The lift code is shown once.",
  },
  "lock.device": {
    title: "Lock out {name}",
    what: "Sessions and sign-ins from this device end within seconds, and nobody gets in from it. The lift code is shown once.",
  },
  "lock.terminal": {
    title: "Lock {name}",
    what: "Its session ends within seconds, and nobody can connect. The lift code is shown once.",
  },
  "lock.division": {
    title: "Lock out {name}",
    what: "All people and PCs of this division and those below stop within seconds. The lift code is shown once.",
  },
  "lock.organisation": {
    title: "Lock out an organisation",
    what: "All people and PCs of this organisation and those below stop within seconds. The lift code is shown once.",
  },
  "lock.session": {
    title: "Lock out {name}",
    what: "The session ends within seconds, and this person cannot connect to this PC. The lift code is shown once.",
  },
  "lock.lift": {
    title: "Lift the lock of {name}",
    what: "They can sign in and connect again. PCs that are away are told when they connect.",
  },
  "confirmation.confirm": {
    title: "Confirm {name}",
    what: "Once you, who did not ask for it, confirm, it is done at once. Ask the one who asked.",
  },
  "division.move": {
    title: "Move {name} below another division",
    what: "Its people and office PCs and the divisions below it go along. Grants stay. Who looks after it, and locks on divisions, are those of its new place.",
  },
  "division.add": { title: "Add a division", what: "People and PCs can be moved into it." },
};
