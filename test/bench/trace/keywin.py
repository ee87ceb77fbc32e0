#!/usr/bin/env python3
"""Full-screen window that says when keys arrive: prints 'ready', then per event 'down|up KEYCODE MILLISECONDS' (the epoch's)."""
import select, time
from Xlib import X, display
def main():
    d = display.Display(); s = d.screen()
    w = s.root.create_window(0, 0, s.width_in_pixels, s.height_in_pixels, 0, s.root_depth, X.InputOutput, X.CopyFromParent,
        override_redirect=1, background_pixel=0xffffff, event_mask=X.KeyPressMask | X.KeyReleaseMask)
    d.change_keyboard_control(auto_repeat_mode=X.AutoRepeatModeOff)  # a held key is one press
    w.map(); w.set_input_focus(X.RevertToParent, X.CurrentTime); d.sync(); print('ready', flush=True)
    last = 0
    while True:
        if not d.pending_events(): select.select([d.fileno()], [], [], 0.5)
        while d.pending_events():
            e = d.next_event()
            if e.type in (X.KeyPress, X.KeyRelease):
                print('down' if e.type == X.KeyPress else 'up', e.detail, round(time.time() * 1000, 1), flush=True)
        if time.monotonic() - last > 1: w.set_input_focus(X.RevertToParent, X.CurrentTime); d.flush(); last = time.monotonic()
if __name__ == '__main__': main()
