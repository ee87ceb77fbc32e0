/**
 * The home folder of the virtual office: what a clerk's PC is set up like. Japanese input with 半角/全角, one desktop, a taskbar,
 * and a welcome text. Written anew at each start, but for the clerk's own files.
 */
import { randomBytes } from "node:crypto";
import { chownSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { passablePlace } from "./passable.ts";

export interface Account {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
}

/** The account that bootstrap makes. The input method's server refuses to run as root, and a demo's terminal should not be root's. */
const OFFICE_USER = "engawa-office";

/** Under whom the office's programs run, when we are root. */
export function officeAccount(): Account | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const line = readFileSync("/etc/passwd", "utf8")
    .split("\n")
    .find((row) => row.startsWith(`${OFFICE_USER}:`));
  if (line === undefined) throw new Error(`no user ${OFFICE_USER}: run npm start, which makes it`);
  const [, , uid, gid] = line.split(":").map(Number);
  return { name: OFFICE_USER, uid: uid ?? Number.NaN, gid: gid ?? Number.NaN };
}

/** Where the home is: where the account can get to it. */
export function placeHome(folder: string, account: Account | undefined): string {
  if (account === undefined) {
    const wished = join(folder, "office");
    mkdirSync(wished, { recursive: true, mode: 0o700 });
    return wished;
  }
  const home = passablePlace(folder, "office");
  own(home, account);
  return home;
}

function own(folder: string, account: Account): void {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  chownSync(folder, account.uid, account.gid);
}

/** An X authority file with one MIT cookie for any display (Xau's FamilyWild), as Xserver(1) and its clients read it. */
export function authorityFile(cookie: Uint8Array): Buffer {
  const field = (bytes: Uint8Array | string) => {
    const length = Buffer.alloc(2);
    length.writeUInt16BE(bytes.length);
    return Buffer.concat([length, Buffer.from(bytes)]);
  };
  const wild = Buffer.from([0xff, 0xff]);
  return Buffer.concat([wild, field(""), field(""), field("MIT-MAGIC-COOKIE-1"), field(cookie)]);
}

export const newCookie = (): Uint8Array => randomBytes(16);

/** Fills the home. What the clerk may have written (documents) is left as it is. */
export function furnish(home: string, account: Account | undefined, cookie: Uint8Array): void {
  const put = (path: string, content: string | Uint8Array, mode = 0o600) => {
    const file = join(home, path);
    const folders = path.split("/").slice(0, -1);
    for (const [i] of folders.entries()) {
      const folder = join(home, ...folders.slice(0, i + 1));
      mkdirSync(folder, { recursive: true, mode: 0o700 });
      if (account) chownSync(folder, account.uid, account.gid);
    }
    writeFileSync(file, content, { mode });
    if (account) chownSync(file, account.uid, account.gid);
  };
  put(".Xauthority", authorityFile(cookie));
  put("run/.keep", ""); // XDG_RUNTIME_DIR
  put(".config/fcitx5/profile", FCITX_PROFILE);
  put(".config/fcitx5/conf/classicui.conf", FCITX_LOOK);
  put(".Xdefaults", TERMINAL_LOOK);
  put(".config/gtk-3.0/settings.ini", GTK_SETTINGS);
  put(".config/glib-2.0/settings/keyfile", EDITOR_SETTINGS);
  put(".config/openbox/menu.xml", OPENBOX_MENU);
  const openbox = openboxSettings();
  if (openbox !== undefined) put(".config/openbox/rc.xml", openbox);
  put(".config/tint2/tint2rc", TASKBAR);
  if (!existsSync(join(home, WELCOME_FILE))) put(WELCOME_FILE, WELCOME);
}

export const WELCOME_FILE = "ようこそ.txt";
const FONT = "Noto Sans CJK JP";

const WELCOME = `ようこそ、Engawa（縁側）へ
━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━

ここは見本の「職場のパソコン」です。ご自宅のブラウザーから、
この画面を見て、そのまま操作できます。

  ・文字を打ってみてください。「半角/全角」キーで日本語入力に
    切り替わります。（例：nihongo → 変換 → 日本語）
  ・画面の何もないところで右クリックすると、エディターと端末を
    もう一つ開けます。
  ・ここに保存した文書は、職場側にだけ残ります。手元のパソコンには
    何も残りません。

この下に、ご自由にお書きください。
────────────────────────────────────

`;

/** Direct input first; 半角/全角 (fcitx's own default trigger) switches to Mozc. */
const FCITX_PROFILE = `[Groups/0]
Name=Default
Default Layout=jp
DefaultIM=mozc

[Groups/0/Items/0]
Name=keyboard-jp
Layout=

[Groups/0/Items/1]
Name=mozc
Layout=

[GroupOrder]
0=Default
`;

const FCITX_LOOK = `Font="${FONT} 12"
MenuFont="${FONT} 11"
`;

const GTK_SETTINGS = `[Settings]
gtk-font-name=${FONT} 11
gtk-theme-name=Adwaita
gtk-cursor-theme-name=Adwaita
gtk-enable-animations=0
gtk-xft-antialias=1
gtk-xft-hinting=1
gtk-xft-hintstyle=hintslight
gtk-xft-rgba=none
`;

const EDITOR_SETTINGS = `[org/xfce/mousepad/preferences/view]
use-default-monospace-font=false
font-name='Noto Sans Mono CJK JP 13'
word-wrap=true

[org/xfce/mousepad/preferences/window]
statusbar-visible=true
path-in-title=false

[org/xfce/mousepad/state/window]
width=uint32 1000
height=uint32 720
left=uint32 80
top=uint32 60
maximized=false
`;

const TERMINAL_LOOK = `XTerm*faceName: DejaVu Sans Mono
XTerm*faceNameDoublesize: Noto Sans Mono CJK JP
XTerm*faceSize: 11
XTerm*background: #1f2933
XTerm*foreground: #e4e7eb
XTerm*title: 端末
XTerm*utf8Title: true
`;

const OPENBOX_MENU = `<?xml version="1.0" encoding="UTF-8"?>
<openbox_menu xmlns="http://openbox.org/3.4/menu">
  <menu id="root-menu" label="Engawa">
    <item label="エディター"><action name="Execute"><command>mousepad</command></action></item>
    <item label="端末"><action name="Execute"><command>xterm</command></action></item>
  </menu>
</openbox_menu>
`;

/** The system's own settings (all its mouse and key bindings), with one desktop and a font that has Japanese. */
function openboxSettings(): string | undefined {
  const file = "/etc/xdg/openbox/rc.xml";
  if (!existsSync(file)) return undefined;
  return readFileSync(file, "utf8")
    .replace("<number>4</number>", "<number>1</number>")
    .replaceAll(/<name>sans<\/name>/gi, `<name>${FONT}</name>`)
    .replaceAll("<size>8</size>", "<size>10</size>");
}

const TASKBAR = `# background of the bar, of a window's button, of the active one
rounded = 0
border_width = 0
background_color = #1f2933 100
rounded = 3
border_width = 0
background_color = #3e4c59 100
rounded = 3
border_width = 0
background_color = #2f6f5e 100

panel_items = TSC
panel_size = 100% 40
panel_position = bottom center horizontal
panel_background_id = 1
panel_padding = 6 3 6
panel_dock = 0
strut_policy = follow_size
wm_menu = 1

taskbar_mode = single_desktop
taskbar_padding = 0 0 4
task_text = 1
task_icon = 1
task_maximum_size = 240 30
task_padding = 8 2 6
task_font = ${FONT} 10
task_font_color = #e4e7eb 100
task_background_id = 2
task_active_background_id = 3
task_iconified_background_id = 2

systray_padding = 6 2 6
systray_icon_size = 22

time1_format = %H:%M
time1_font = ${FONT} 10
time2_format = %Y/%m/%d
time2_font = ${FONT} 7
clock_font_color = #e4e7eb 100
clock_padding = 10 0
`;
