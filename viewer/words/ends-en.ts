/** Why a session is over, and what to do, in English. */
import type { Dictionary } from "./dictionary.ts";

export const endsEn: Dictionary["ends"] = {
  "viewer-left": { what: "You ended the connection", todo: "To go on, connect again." },
  "signed-out": { what: "You signed out, so the connection ended", todo: "To go on, sign in again." },
  "sign-in-expired": {
    what: "Your sign-in expired, so the connection ended",
    todo: "Your work in the office stays as it is. Please sign in again.",
  },
  "taken-over": { what: "You continued on another device", todo: "If that was not you, tell your IT staff at once." },
  "in-use": {
    what: "Somebody else is using this PC",
    todo: "Wait until they have finished, or ask them, and connect again.",
  },
  silence: {
    what: "This device stopped answering, so the connection ended",
    todo: "Check your line and connect again. Your work in the office stays as it is.",
  },
  "resume-expired": {
    what: "Reconnecting took too long",
    todo: "Check your line and connect again. Your work in the office stays as it is.",
  },
  "negotiation-timeout": {
    what: "No picture arrived in time",
    todo: "Connect again. If it keeps happening, ask your IT staff about the office PC.",
  },
  "relay-unreachable": {
    what: "The relay could not be reached",
    todo: "Check your Wi-Fi or shared line and connect again. If it keeps happening, tell your IT staff.",
  },
  "device-unknown": {
    what: "This device is not registered on the office PC",
    todo: "Tell your IT staff the registration code of this device and have it registered on the office PC.",
  },
  "signature-invalid": {
    what: "The other side could not prove that it is your office PC",
    todo: "For safety you were not connected. Tell your IT staff at once.",
  },
  "fingerprint-mismatch": {
    what: "Somebody may have stepped in between",
    todo: "For safety no picture and no input was sent. Tell your IT staff at once.",
  },
  "agent-not-trusted": {
    what: "The key of the office PC is not the one confirmed before",
    todo: "For safety you were not connected. Ask your IT staff whether the PC was replaced, and for a new confirmation code. Then withdraw the old confirmation under “About this device” in the list.",
  },
  "device-expired": {
    what: "This device's permission has run out",
    todo: "To go on using it, ask your IT staff to prolong it on that office PC.",
  },
  "device-removed": { what: "This device was removed", todo: "To use it again, ask your IT staff to register it." },
  "grant-removed": {
    what: "This PC is no longer assigned to you",
    todo: "To go on using it, ask for it under “Requests” in the list, or ask your IT staff.",
  },
  "person-disabled": { what: "Your use was suspended", todo: "Please ask your IT staff." },
  "locked-out": {
    what: "An administrator has locked this out at once",
    todo: "Your work in the office stays as it is. Ask your IT staff why, and until when.",
  },
  "terminal-disabled": { what: "This PC was suspended", todo: "Please ask your IT staff." },
  "terminal-expired": {
    what: "The time of this PC is over",
    todo: "Your work in the office stays as it is. To go on using it, ask your IT staff.",
  },
  administrator: { what: "An administrator ended the connection", todo: "Please ask your IT staff." },
  "agent-left": { what: "The office PC ended the connection", todo: "Wait a moment and connect again." },
  "agent-stopped": {
    what: "The office PC was switched off or restarted",
    todo: "Wait a few minutes until the list says “Available”, then connect again.",
  },
  "desktop-unavailable": {
    what: "The screen of the office PC cannot be read",
    todo: "Wait a moment and connect again. If it keeps happening, tell your IT staff.",
  },
  "no-common-codec": {
    what: "This browser cannot show the picture",
    todo: "Open it in a current Microsoft Edge or Google Chrome.",
  },
  "cover-unavailable": {
    what: "Ended: the office screen cannot be hidden",
    todo: "This PC may only be used while its screen is hidden. Tell your IT staff that the screen cannot be hidden.",
  },
  idle: {
    what: "Nothing was typed or moved for a while, so the session has ended",
    todo: "Your work in the office stays as it is. Connect again to go on.",
  },
  "hours-over": {
    what: "The hours in which you may connect are over, so the session has ended",
    todo: "Your work in the office stays as it is. If you have to go on, ask your manager: “Ask for overtime” in the list.",
  },
  "session-too-long": {
    what: "A session may last only so long, and this one has ended",
    todo: "Your work in the office stays as it is. Connect again to go on.",
  },
  "policy-unknown": {
    what: "The office PC has not got the new rules yet, so the session was not opened",
    todo: "Wait a moment and connect again. If it goes on, tell your IT staff.",
  },
  "place-not-allowed": {
    what: "The rules do not allow this place, so the session has ended",
    todo: "“About you” says from where you may connect.",
  },
  "not-locked": {
    what: "The screen of the office PC could not be locked",
    todo: "Open documents might have been seen, so you were not connected. Wait a moment and connect again. If it keeps happening, ask somebody in the office or your IT staff to lock this PC.",
  },
  unconfirmed: {
    what: "After a restart of the server the connection could not be confirmed",
    todo: "Connect again. Your work in the office stays as it is.",
  },
  internal: {
    what: "Something went wrong and the connection ended",
    todo: "Connect again. If it keeps happening, tell your IT staff.",
  },
};
