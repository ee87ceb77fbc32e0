/** What the commands need from Debian 12: start ⊂ test ⊂ bench, windows ⊂ test. One line, one purpose. */

const START = [
  ["coturn", "openssl"],
  // codecs, called by the agent
  ["libaom3", "libvpx7"],
  // the screen, and the client libraries the agent calls
  ["xvfb", "libx11-6", "libxext6", "libxdamage1", "libxfixes3", "libxtst6", "libxi6", "libxrandr2"],
  // the office: keyboard layout, window manager, taskbar, background, session bus
  ["x11-xkb-utils", "openbox", "tint2", "hsetroot", "dbus-daemon"],
  // Japanese: font and input method
  ["fonts-noto-cjk", "fcitx5", "fcitx5-mozc", "fcitx5-frontend-gtk3"],
  // what stands on the desk
  ["mousepad", "xterm"],
  // setpriv: children end with their parent
  ["util-linux"],
].flat();

/** To build the agent for Windows and to run it under Wine. */
const WINDOWS = [
  // 64-bit only
  ["wine", "wine64"],
  // the installer
  ["wixl", "msitools"],
  // aom.dll and vpx.dll from Debian's sources; gcc (for the bench's link emulator too) checks our structures against their headers
  ["gcc-mingw-w64-x86-64-win32", "g++-mingw-w64-x86-64-win32", "nasm", "cmake", "make", "perl", "dpkg-dev"],
  ["gcc", "libc6-dev"],
  // an X server with several monitors and their gamma ramps, all in memory
  ["xserver-xorg-core", "xserver-xorg-video-dummy"],
].flat();

/** The store for several servers: `npm start -- --store postgres`. */
const POSTGRES = ["postgresql-15"];

const TEST = [
  ...START,
  ...WINDOWS,
  ...POSTGRES,
  // the browser, and certutil to make it trust the test's CA
  "chromium",
  "libnss3-tools",
  // a clock that is wrong
  "libfaketime",
  // drops the path between the parts (namespaces, firewall)
  "iproute2",
  "nftables",
  // a load balancer before two servers
  "haproxy",
  // a proxy as in closed networks
  "tinyproxy-bin",
  // a mail server
  "python3-aiosmtpd",
  // a collector of records
  "rsyslog",
  "rsyslog-gnutls",
  "procps",
  // the true picture of a screen; keys and windows without our own agent
  "imagemagick",
  "xdotool",
  "x11-utils",
  // a screen locker: what a session shows first
  "i3lock",
  // xrandr: a screen that changes its size
  "x11-xserver-utils",
];

const BENCH = [...TEST, "libreoffice-writer", "libreoffice-calc", "libreoffice-gtk3", "python3-xlib", "python3-pil"];

/** Programs of others, for `npm run bench -- … --peer NAME` alone. */
const PEERS = {
  novnc: ["tigervnc-scraping-server", "novnc", "websockify"],
  // without the last two it compresses worse than as its own packages come
  xpra: ["xpra", "websockify", "python3-lz4", "python3-brotli"],
  // Chromium, which the bench has
  webrtc: [],
};

/** What these options need besides. Nothing for a peer or a store that is not known: the program says so. */
export function morePackages(verb, args) {
  const optionOf = (option) => {
    const at = args.indexOf(option);
    return at >= 0 ? args[at + 1] : args.find((arg) => arg.startsWith(`${option}=`))?.slice(option.length + 1);
  };
  if (verb === "start") return optionOf("--store") === "postgres" ? POSTGRES : [];
  const peer = optionOf("--peer");
  return verb === "bench" && peer !== undefined && Object.hasOwn(PEERS, peer) ? PEERS[peer] : [];
}

export const PACKAGES = { start: START, windows: WINDOWS, test: TEST, bench: BENCH, screenshots: TEST };
