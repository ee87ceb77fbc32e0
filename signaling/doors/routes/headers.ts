/** The headers of every answer outside. */
import type { RequestHandler } from "express";
import helmet from "helmet";

/** Two years, as browsers' preload lists ask for. */
const HSTS_S = 2 * 365 * 24 * 3_600;

/**
 * What a page of ours may ask the browser for; everything else is off, whatever script asks. Keyboard Lock is missing because
 * no policy governs it: Chromium complains about the name on its console and allows it all the same.
 */
const ALLOWED_FEATURES = ["autoplay", "fullscreen", "keyboard-map", "screen-wake-lock"];
const REFUSED_FEATURES = [
  "accelerometer",
  "browsing-topics",
  "camera",
  "clipboard-read",
  "clipboard-write",
  "compute-pressure",
  "display-capture",
  "encrypted-media",
  "gamepad",
  "geolocation",
  "gyroscope",
  "hid",
  "identity-credentials-get",
  "idle-detection",
  "local-fonts",
  "magnetometer",
  "microphone",
  "midi",
  "otp-credentials",
  "payment",
  "picture-in-picture",
  "publickey-credentials-create",
  "publickey-credentials-get",
  "serial",
  "speaker-selection",
  "storage-access",
  "usb",
  "window-management",
  "xr-spatial-tracking",
];
const PERMISSIONS = [
  ...ALLOWED_FEATURES.map((feature) => `${feature}=(self)`),
  ...REFUSED_FEATURES.map((feature) => `${feature}=()`),
].join(", ");

export interface HeaderOptions {
  /** Origins of this listener; their WebSockets are named for browsers in which 'self' does not cover them. */
  readonly origins: readonly string[];
  /** Whether this listener speaks TLS: only then may it promise to. */
  readonly tls: boolean;
}

export function securityHeaders(options: HeaderOptions): RequestHandler[] {
  return [
    common(options),
    (_request, response, next) => {
      response.set("Permissions-Policy", PERMISSIONS);
      next();
    },
    ...(options.tls ? [strictTransport()] : []),
  ];
}

function common({ origins }: HeaderOptions): RequestHandler {
  return helmet({
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        "default-src": ["'none'"],
        "script-src": ["'self'"],
        "style-src": ["'self'"],
        "connect-src": ["'self'", ...origins.map((origin) => origin.replace(/^http/, "ws"))],
        // pointer shapes are drawn from data the page made itself
        "img-src": ["'self'", "blob:", "data:"],
        "media-src": ["'self'", "blob:"],
        "font-src": ["'self'"],
        "manifest-src": ["'self'"],
        "base-uri": ["'none'"],
        "form-action": ["'none'"],
        "frame-ancestors": ["'none'"],
        "object-src": ["'none'"],
        "require-trusted-types-for": ["'script'"],
        "trusted-types": ["'none'"],
      },
    },
    crossOriginOpenerPolicy: { policy: "same-origin" },
    crossOriginResourcePolicy: { policy: "same-origin" },
    referrerPolicy: { policy: "no-referrer" },
    strictTransportSecurity: false,
    xFrameOptions: { action: "deny" },
  });
}

/**
 * HSTS holds for a host name on all its ports. Said for `localhost`, it would turn the plain local listener of the same
 * machine into https; so it is not said there. (Addresses browsers leave out by themselves, RFC 6797 §8.1.1.)
 */
function strictTransport(): RequestHandler {
  const hsts = helmet.strictTransportSecurity({ maxAge: HSTS_S, includeSubDomains: false });
  return (request, response, next) => {
    if (/^([^:]*\.)?localhost(:\d+)?$/i.test(request.headers.host ?? "")) return next();
    hsts(request, response, next);
  };
}
