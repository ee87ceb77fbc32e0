#!/usr/bin/env python3
"""The mixed trace, 60 s, on $DISPLAY (1920x1080): a web page with photographs that scrolls, a PDF (grey, antialiased, no hinting),
a spreadsheet with charts, a terminal that scrolls. Painted, not played by programs: the same each time.
usage: mixed_trace.py FOLDER [--prepare] [--marks FILE]   (--prepare only makes the pages; FILE gets one JSON line per phase: name, epoch ms;
'end' is printed at the end, where its window stays)"""
import json, os, random, sys, time
from PIL import Image, ImageDraw, ImageFilter, ImageFont
W, H = 1920, 1080
NOTO = '/usr/share/fonts/opentype/noto/NotoSansCJK-%s.ttc'
POOL = "本日会議予算配分議論担当者関係部署調整資料提出画面文字細重要見積書金額修正版再送更新週末一部停止新契約条件別紙一覧表" + "のにはをがでとしますたこれそあるいうえおかきくけさ、。" * 2
font = lambda size, weight='Regular': ImageFont.truetype(NOTO % weight, size)
def photo(r, w, h):
    "something like a photograph: soft light, shapes, grain"
    im = Image.new('RGB', (w, h)); dr = ImageDraw.Draw(im)
    a, b = [tuple(r.randint(40, 220) for _ in range(3)) for _ in range(2)]
    for y in range(h): dr.line((0, y, w, y), tuple(int(p + (q - p) * y / h) for p, q in zip(a, b)))
    for _ in range(40):
        x, y, s = r.randint(0, w), r.randint(0, h), r.randint(10, h // 3); c = tuple(r.randint(20, 235) for _ in range(3))
        (dr.ellipse if r.random() < .6 else dr.rectangle)((x - s, y - s, x + s, y + s), c)
    im = im.filter(ImageFilter.GaussianBlur(3)); noise = Image.frombytes('L', (w, h), r.randbytes(w * h))
    return Image.blend(im, Image.merge('RGB', [noise] * 3), .04)
def text(dr, r, x, y, w, size, lines, fill=(20, 20, 20)):
    f = font(size)
    for _ in range(lines): dr.text((x, y), ''.join(r.choice(POOL) for _ in range(w // size)), fill, f); y += int(size * 1.6)
    return y
def web(r):
    im = Image.new('RGB', (W, 4000), 'white'); dr = ImageDraw.Draw(im); dr.rectangle((0, 0, W, 90), (0, 90, 170)); dr.text((60, 20), '見本市 公式ページ', 'white', font(36, 'Bold')); y = 130
    while y < 3600:
        im.paste(photo(r, 560, 360), (60, y)); dr.text((660, y), ''.join(r.choice(POOL) for _ in range(18)), (0, 60, 140), font(28, 'Bold'))
        text(dr, r, 660, y + 60, 1100, 17, 10); y += 420
    return im
def pdf(r):
    big = Image.new('RGB', (W * 2, 4400), (90, 90, 90)); dr = ImageDraw.Draw(big); dr.rectangle((900, 40, 2940, 4360), 'white'); y = 200
    while y < 4100:
        dr.text((1080, y), ''.join(r.choice(POOL) for _ in range(14)), (0, 0, 0), font(52, 'Bold')); y = text(dr, r, 1080, y + 110, 1680, 30, 9) + 60
    return big.resize((W, 2200), Image.LANCZOS)
def sheet(r):
    im = Image.new('RGB', (W, H), 'white'); dr = ImageDraw.Draw(im); f = font(14)
    for x in range(0, W, 96): dr.line((x, 0, x, H), (200, 200, 200))
    for y in range(0, H, 24):
        dr.line((0, y, W, y), (200, 200, 200))
        for x in range(0, 900, 96): dr.text((x + 30, y + 2), str(r.randint(100, 99999)), (0, 0, 0), f)
    dr.rectangle((960, 60, 1860, 520), 'white', (120, 120, 120)); dr.rectangle((960, 560, 1860, 1040), 'white', (120, 120, 120))
    for i in range(12): h = r.randint(50, 380); dr.rectangle((1000 + i * 70, 490 - h, 1045 + i * 70, 490), (70, 114, 196))
    a = -90
    for c in [(70, 114, 196), (237, 125, 49), (165, 165, 165), (255, 192, 0), (91, 155, 213)]: s = r.randint(40, 90); dr.pieslice((1200, 600, 1620, 1020), a, a + s, c, 'white'); a += s
    return im
def main():
    folder = sys.argv[1]; os.makedirs(folder, exist_ok=True); pages = {}
    for i, make in enumerate((web, pdf, sheet)):
        path = f'{folder}/{make.__name__}.png'
        if not os.path.exists(path): make(random.Random(i + 1)).save(path)
        pages[make.__name__] = Image.open(path).convert('RGB')
    if '--prepare' in sys.argv: return
    from Xlib import X, display
    d = display.Display(); s = d.screen()
    w = s.root.create_window(0, 0, W, H, 0, s.root_depth, X.InputOutput, X.CopyFromParent, override_redirect=1, background_pixel=0xffffff)
    gc = w.create_gc(foreground=0, graphics_exposures=0); w.map(); d.sync()
    def put(target, im, x=0, y=0):
        px = im.convert('RGBX'); rows = max(1, 60000 // px.width)
        for t in range(0, im.height, rows):
            part = px.crop((0, t, im.width, min(im.height, t + rows))); target.put_image(gc, x, y + t, part.width, part.height, X.ZPixmap, s.root_depth, 0, part.tobytes('raw', 'BGRX'))
    maps = {}
    for name, im in pages.items(): maps[name] = w.create_pixmap(W, im.height, s.root_depth); put(maps[name], im)
    d.sync(); t0 = time.monotonic()
    def at(t): time.sleep(max(0, t0 + t - time.monotonic()))
    marks = open(sys.argv[sys.argv.index('--marks') + 1], 'w') if '--marks' in sys.argv else None
    def mark(name):
        if marks: marks.write(json.dumps({'name': name, 't': time.time() * 1000}) + '\n'); marks.flush()
    def show(name, top=0): w.copy_area(gc, maps[name], 0, top, W, H, 0, 0); d.flush()
    mark('web'); show('web'); at(6)                                         # reads
    for i in range(30): at(6 + i * .08); show('web', i * 40)      # scrolls down
    at(14); mark('pdf'); show('pdf'); at(20)
    for i in range(3): at(20 + i * 2); show('pdf', i * 500)       # pages
    at(28); mark('sheet'); show('sheet'); f = font(14); r = random.Random(9)
    for i in range(16):                                           # types numbers
        at(30 + i * .5); im = Image.new('RGB', (94, 22), 'white'); ImageDraw.Draw(im).text((29, 1), str(r.randint(100, 99999)), (0, 0, 0), f); put(w, im, 193, 24 * (i + 1) + 1); d.flush()
    at(40); mark('terminal'); w.fill_rectangle(gc, 0, 0, W, H); f = font(16); y = 4
    for i in range(120):                                          # a terminal: 12 lines a second
        at(41 + i / 12); im = Image.new('RGB', (1200, 24), 'black'); ImageDraw.Draw(im).text((6, 1), '%05d ' % i + ''.join(r.choice('abcdefghijklmnopqrstuvwxyz/-.  ') for _ in range(r.randint(20, 100))), (210, 210, 210), f)
        if y + 24 > H: w.copy_area(gc, w, 0, 24, W, H - 24, 0, 0); w.fill_rectangle(gc, 0, H - 28, W, 28); y -= 24
        put(w, im, 0, y); y += 24; d.flush()
    at(55); mark('back'); show('web', 1160); at(60); d.sync(); mark('end'); print('end', flush=True)
    while True: time.sleep(60)
if __name__ == '__main__': main()
