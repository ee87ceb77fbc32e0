/**
 * How large the office screen is drawn, and which of its pixels a point of the window is. Pure.
 * CSS pixels unless named otherwise; one CSS pixel is `dpr` device pixels.
 */
export interface Size {
  readonly width: number;
  readonly height: number;
}

export type Scale = "fit" | "actual";

export interface Layout extends Size {
  readonly left: number;
  readonly top: number;
  /** Whole office pixels fall on whole device pixels: draw them as they are instead of smoothing. */
  readonly crisp: boolean;
  /** Larger than the view, so it scrolls. */
  readonly overflows: boolean;
}

/** `fit` gives up this share of the room when a whole-number scale, and with it sharp letters, is to be had for it. */
const SHARPNESS_WORTH = 0.1;

/** `view.left` and `top`: where the view is in the window; it may stand between two device pixels. */
export function layout(
  screen: Size,
  view: Size & { readonly left?: number; readonly top?: number },
  dpr: number,
  scale: Scale,
): Layout {
  const factor = scale === "actual" ? 1 : fitFactor(screen, view, dpr);
  const width = (screen.width * factor) / dpr;
  const height = (screen.height * factor) / dpr;
  const snap = (value: number, origin = 0): number => Math.round((Math.max(0, value) + origin) * dpr) / dpr - origin;
  return {
    width,
    height,
    left: snap((view.width - width) / 2, view.left),
    top: snap((view.height - height) / 2, view.top),
    crisp: Number.isInteger(factor),
    overflows: width > view.width + 0.5 || height > view.height + 0.5,
  };
}

/** Device pixels per office pixel. */
function fitFactor(screen: Size, view: Size, dpr: number): number {
  const exact = Math.min((view.width * dpr) / screen.width, (view.height * dpr) / screen.height);
  const whole = Math.floor(exact);
  return whole >= 1 && exact - whole <= whole * SHARPNESS_WORTH ? whole : exact;
}

/** The office pixel under a point of the window; the nearest one when the point is outside the picture. */
export function locate(
  point: { x: number; y: number },
  drawn: { left: number; top: number; width: number; height: number },
  screen: Size,
): { x: number; y: number } {
  const along = (offset: number, length: number, pixels: number): number =>
    length <= 0 ? 0 : Math.max(0, Math.min(pixels - 1, Math.floor((offset * pixels) / length)));
  return {
    x: along(point.x - drawn.left, drawn.width, screen.width),
    y: along(point.y - drawn.top, drawn.height, screen.height),
  };
}

/** Within this distance of an edge the view pans, at most this fast (CSS px, and px per second). */
const PAN_ZONE_PX = 32;
const PAN_SPEED = 1_400;

/** How fast to scroll when the pointer is at `position` of a view of this `length`; negative towards its start. */
export function panSpeed(position: number, length: number): number {
  const zone = Math.min(PAN_ZONE_PX, length / 4);
  if (position < zone) return -PAN_SPEED * Math.min(1, (zone - position) / zone);
  if (position > length - zone) return PAN_SPEED * Math.min(1, (position - (length - zone)) / zone);
  return 0;
}
