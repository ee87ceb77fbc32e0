/** A QR code as one SVG path. What makes it comes with what it is shown in: a secret that is shown once must not lack it. */
import { useMemo } from "preact/hooks";
import { create } from "qrcode";

const QUIET = 4;

interface Modules {
  readonly size: number;
  readonly data: ArrayLike<number>;
}

export function QrCode({ text, label }: { text: string; label: string }) {
  const modules: Modules = useMemo(() => create(text, { errorCorrectionLevel: "M" }).modules, [text]);
  const side = modules.size + 2 * QUIET;
  return (
    <svg
      class="qr"
      viewBox={`0 0 ${side} ${side}`}
      role="img"
      aria-label={label}
      data-testid="qr"
      shape-rendering="crispEdges"
    >
      <rect class="qr-paper" width={side} height={side} />
      <path class="qr-ink" d={squares(modules)} />
    </svg>
  );
}

function squares({ size, data }: Modules): string {
  let path = "";
  for (let y = 0; y < size; y++) {
    for (let x = 0; x < size; x++) if (data[y * size + x]) path += `M${x + QUIET} ${y + QUIET}h1v1h-1z`;
  }
  return path;
}
