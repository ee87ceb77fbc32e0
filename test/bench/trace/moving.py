#!/usr/bin/env python3
"""Moving pictures in a window of their own, 25 a second until it is ended, the same from the same seed; prints 'ready' when it plays.
film: a camera that pans over something like photographs, cuts, things that move before it, grain; saver: lines on black that move through each
other; spinner: a ring of dots on a white note, ten steps a second.
usage: moving.py film|saver|spinner WIDTHxHEIGHT+X+Y [SEED]"""
import math, os, random, re, sys, time
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from PIL import Image
from mixed_trace import photo
from Xlib import X, display
what = sys.argv[1]; W, H, LEFT, TOP = map(int, re.split('[x+]', sys.argv[2])); r = random.Random(int(sys.argv[3]) if len(sys.argv) > 3 else 7)
d = display.Display(); s = d.screen()
w = s.root.create_window(LEFT, TOP, W, H, 0, s.root_depth, X.InputOutput, X.CopyFromParent, override_redirect=1, background_pixel=0)
gc = w.create_gc(foreground=0, graphics_exposures=0); xor = w.create_gc(function=X.GXxor, graphics_exposures=0)
back = w.create_pixmap(W, H, s.root_depth)
def pixmap(im):
    p = w.create_pixmap(im.width, im.height, s.root_depth); px = im.convert('RGBX'); rows = max(1, 60000 // im.width)
    for y in range(0, im.height, rows):
        part = px.crop((0, y, im.width, min(im.height, y + rows))); p.put_image(gc, 0, y, part.width, part.height, X.ZPixmap, s.root_depth, 0, part.tobytes('raw', 'BGRX'))
    d.sync(); return p
def fill(colour, x, y, width, height): gc.change(foreground=colour); back.fill_rectangle(gc, int(x), int(y), int(width), int(height))
def film():
    "three scenes, each four seconds; grain is a few low bits, turned over by another piece of noise each time"
    far = (W * 3 // 2, H * 3 // 2); scenes = [pixmap(photo(r, *far)) for _ in range(3)]
    near = [pixmap(photo(r, W // 6, H // 3)) for _ in range(3)]
    low = bytes(b & 7 for b in r.randbytes((W + 64) * (H + 64))); grain = pixmap(Image.merge('RGB', [Image.frombytes('L', (W + 64, H + 64), low)] * 3))
    def draw(i):
        t = i / 25; scene = i // 100 % 3
        at = lambda size, speed: int((math.sin(t * speed + scene) + 1) / 2 * size)
        back.copy_area(gc, scenes[scene], at(far[0] - W, .7), at(far[1] - H, .5), W, H, 0, 0)
        for n, thing in enumerate(near): back.copy_area(gc, thing, 0, 0, W // 6, H // 3, at(W * 5 // 6, .9 + .3 * n + scene), H // 3 + at(H // 3, 1.3 - .2 * n))
        back.copy_area(xor, grain, r.randrange(64), r.randrange(64), W, H, 0, 0)
    return draw, 25
def saver():
    points = [[r.uniform(0, W), r.uniform(0, H), r.uniform(-9, 9), r.uniform(-9, 9)] for _ in range(8)]; shapes = []
    def draw(i):
        for p in points:
            for axis, size in ((0, W), (1, H)):
                p[axis] += p[axis + 2]
                if not 0 <= p[axis] < size: p[axis + 2] *= -1
        shapes.append([(int(p[0]), int(p[1])) for p in points]); del shapes[:-10]; fill(0, 0, 0, W, H)
        for age, shape in enumerate(shapes):
            for half, hue in ((shape[:4], 0), (shape[4:], 3)):
                red, green, blue = (int(127 + 127 * math.sin(i / 40 + hue + 2 * c)) * (age + 1) // 10 for c in range(3))
                gc.change(foreground=red << 16 | green << 8 | blue); back.poly_line(gc, X.CoordModeOrigin, half + half[:1])
    return draw, 25
def spinner():
    def draw(i):
        fill(0xffffff, 0, 0, W, H)
        for n in range(8):
            grey = 230 - 25 * ((n - i) % 8); angle = n * math.pi / 4
            gc.change(foreground=grey << 16 | grey << 8 | grey); back.fill_arc(gc, int(W / 2 - 4 + 18 * math.cos(angle)), int(H / 2 - 4 + 18 * math.sin(angle)), 9, 9, 0, 360 * 64)
    return draw, 10
draw, per_second = {'film': film, 'saver': saver, 'spinner': spinner}[what]()
w.map(); t0 = time.monotonic(); i = 0
while True:
    draw(i); w.copy_area(gc, back, 0, 0, W, H, 0, 0); d.sync()   # a server that is behind holds it up
    if i == 0: print('ready', flush=True)
    i += 1; late = t0 + i / per_second - time.monotonic()
    if late > 0: time.sleep(late)
