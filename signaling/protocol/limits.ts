/** Numbers that both ends of a wire must agree on. What only one side tunes stands in that side's file. */

/** Largest WebSocket text frame, in bytes. Our SDP is 2–4 kB; 32 kB leaves room for browsers that say more. */
export const MAX_MESSAGE_BYTES = 64 * 1024;
/** A list of terminals is sent in parts of this size, each a frame, with room for what surrounds them. */
export const MAX_LIST_PART_BYTES = MAX_MESSAGE_BYTES - 1024;
/** The longest list that is shown, and so what a page has to hold: 5,000 at some 100 bytes stay below what a slow socket may owe. */
export const MAX_LIST_TERMINALS = 5_000;
/** A part holds at least 20 terminals, however long their names. */
export const MAX_LIST_PARTS = 250;
export const MAX_SDP_CHARS = 32 * 1024;

/** Of a password somebody chooses, in characters (NIST SP 800-63B asks for 8 at least, and to take 64). */
export const MIN_PASSWORD_CHARS = 12;
/** In UTF-16 units; bounds the work on whatever is sent. */
export const MAX_PASSWORD_CHARS = 256;

/** Sessions at once, where nobody says otherwise: signaling admits as many, and the relay is configured for as many. */
export const DEFAULT_SESSIONS = 2_000;

/** WebSocket ping period. A socket that answered none for two periods is closed. */
export const WS_HEARTBEAT_MS = 20_000;

/** From the request to a live picture; after that the attempt is given up (the viewer may ask again). */
export const NEGOTIATE_TIMEOUT_MS = 20_000;

/** How long an interrupted session waits for the same person and device to come back without a new code. */
export const RESUME_GRACE_MS = 120_000;

/**
 * After a restart of signaling, or when another node takes over, agents have this long to say which sessions still run. One whose
 * tries all failed meanwhile comes up to 60 s after them (its backoff's longest), and needs some seconds to connect.
 */
export const CONFIRM_TIMEOUT_MS = 90_000;
/** Sessions that ended on an office PC, as it tells the next server: more than end there while one cannot keep anything. */
export const MAX_ENDED_TOLD = 16;

/** TURN credentials open an allocation within this time (draft-uberti-behave-turn-rest-00); a running one lives on. */
export const TURN_CREDENTIAL_TTL_MS = 60_000;

/** The viewer's sign of life on the control channel: often while keys are held or input is recent, else seldom. */
export const HEARTBEAT_ACTIVE_MS = 1_000;
export const HEARTBEAT_IDLE_MS = 5_000;
/** Input counts as recent for this long. */
export const INPUT_RECENT_MS = 5_000;
/** Silence that releases held keys, and silence that ends sending. */
export const SILENCE_RELEASE_MS = 3_000;
export const SILENCE_END_MS = 12_000;

/** Input events the agent takes from one viewer per second, pointer moves included; more are refused. */
export const MAX_INPUT_EVENTS_PER_S = 500;

/** Control messages that are said once more together; more than anybody types within the time for which they are kept. */
export const MAX_REPEATED = 12;

/** Largest message on a data channel, in UTF-8 bytes (a pointer shape is the largest we send). */
export const MAX_CHANNEL_MESSAGE_BYTES = 64 * 1024;

/** Largest pointer shape, in pixels per side; larger ones are scaled by nobody and replaced by the plain arrow. */
export const MAX_POINTER_PX = 128;

/** The longest that an office PC keeps a lock by itself; one without an end is told to it again before that. */
export const MAX_LOCK_KEPT_MS = 90 * 24 * 3_600_000;
/** Logins in one order to lock: at 64 letters each it stays below MAX_MESSAGE_BYTES. */
export const MAX_LOCK_LOGINS = 500;

/** Nothing decoded for this long after the first whole picture arrived: the viewer asks again with the next codec. */
export const DECODE_TIMEOUT_MS = 2_000;

/** Devices that an office PC is told to forget in one message: some 8 kB. */
export const MAX_FORGOTTEN = 100;

/** The end of hours is announced so many minutes before it at most, and sessions are ended so many after it at most. */
export const MAX_NOTICE_MIN = 180;
export const MAX_GRACE_MIN = 60;
