/** Input into Windows: SendInput, what is held, and which keys are which. */
import { user32 } from "./win32.ts";

const win = {
  sendInput: user32.func("uint32 __stdcall SendInput(uint32 count, void *inputs, int size)") as (
    count: number,
    inputs: Uint8Array,
    size: number,
  ) => number,
  asyncKeyState: user32.func("int16 __stdcall GetAsyncKeyState(int virtualKey)") as (virtualKey: number) => number,
  keyState: user32.func("int16 __stdcall GetKeyState(int virtualKey)") as (virtualKey: number) => number,
  mapVirtualKey: user32.func("uint32 __stdcall MapVirtualKeyW(uint32 code, uint32 kind)") as (
    code: number,
    kind: number,
  ) => number,
  systemMetrics: user32.func("int __stdcall GetSystemMetrics(int index)") as (index: number) => number,
  parametersInfo: user32.func(
    "int __stdcall SystemParametersInfoW(uint32 action, uint32 parameter, _Out_ uint32 *value, uint32 flags)",
  ) as (action: number, parameter: number, value: number[], flags: number) => number,
};

const MAPVK_VSC_TO_VK_EX = 3;
const SM_SWAPBUTTON = 23;
const SPI_GETKEYBOARDSPEED = 0x0a;
const SPI_GETKEYBOARDDELAY = 0x16;
const SM_CXVIRTUALSCREEN = 78;
const SM_CYVIRTUALSCREEN = 79;
const DOWN_NOW = 0x8000;
const TOGGLED = 1;

/** An array of INPUT, `size` bytes each. Returns how many went in: fewer when Windows lets us not. */
export function sendInput(records: Uint8Array, size: number): number {
  return win.sendInput(records.byteLength / size, records, size);
}

/** Is it down at this moment? Buttons are those of the mouse, whether or not they are swapped. */
export function isDown(virtualKey: number): boolean {
  return (win.asyncKeyState(virtualKey) & DOWN_NOW) !== 0;
}

/** Is this lock on? */
export function isOn(virtualKey: number): boolean {
  return (win.keyState(virtualKey) & TOGGLED) !== 0;
}

/** Scan code, E0 in its high byte when extended → virtual key in the present layout; 0: none. */
export function virtualKeyOf(scanCode: number): number {
  return win.mapVirtualKey(scanCode, MAPVK_VSC_TO_VK_EX);
}

/** The person uses the mouse with the left hand. */
export function buttonsSwapped(): boolean {
  return win.systemMetrics(SM_SWAPBUTTON) !== 0;
}

/** All monitors together, in pixels. */
export function virtualScreenSize(): { width: number; height: number } {
  return { width: win.systemMetrics(SM_CXVIRTUALSCREEN), height: win.systemMetrics(SM_CYVIRTUALSCREEN) };
}

/** How a held key repeats here; undefined where Windows does not say. */
export function keyboardSettings(): { delay: number; speed: number } | undefined {
  const [delay, speed] = [SPI_GETKEYBOARDDELAY, SPI_GETKEYBOARDSPEED].map((action) => {
    const value = [0];
    return win.parametersInfo(action, 0, value, 0) === 0 ? undefined : value[0];
  });
  return delay === undefined || speed === undefined ? undefined : { delay, speed };
}
