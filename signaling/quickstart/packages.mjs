/** What the two commands need from Debian 12: start ⊂ test ⊂ bench. One line, one purpose. */

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

const TEST = [
  ...START,
  // the browser, and certutil to make it trust the test's CA
  "chromium",
  "libnss3-tools",
  // drops the path between the parts (namespaces, firewall)
  "iproute2",
  "nftables",
  // a proxy as in closed networks
  "tinyproxy-bin",
  "procps",
  // the true picture of a screen; keys and windows without our own agent
  "imagemagick",
  "xdotool",
  "x11-utils",
  // xrandr: a screen that changes its size
  "x11-xserver-utils",
];

const BENCH = [
  ...TEST,
  "libreoffice-writer",
  "libreoffice-calc",
  "libreoffice-gtk3",
  "python3-xlib",
  "python3-pil",
  // the link emulator of --net wan and line
  "gcc",
  "libc6-dev",
];

export const PACKAGES = { start: START, test: TEST, bench: BENCH };
