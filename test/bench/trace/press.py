#!/usr/bin/env python3
"""Makes the named pipe and prints 'ready'; then each line that is written to it is a key's name, pressed and let go on $DISPLAY."""
import os, sys
from Xlib import X, XK, display
from Xlib.ext import xtest
def main():
    d = display.Display(); os.mkfifo(sys.argv[1], 0o600); print('ready', flush=True)
    with open(sys.argv[1]) as keys:
        for name in keys:
            code = d.keysym_to_keycode(XK.string_to_keysym(name.strip()))
            for kind in (X.KeyPress, X.KeyRelease): xtest.fake_input(d, kind, code)
            d.flush()
if __name__ == '__main__': main()
