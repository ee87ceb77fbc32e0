import { describe, expect, test } from "vitest";
import { Blocks } from "../../agent/picture/blocks.ts";
import { Movement } from "../../agent/picture/movement.ts";
import { type Planes, planesLayout, planesOver, touch } from "../../agent/picture/planes.ts";
import type { Rectangle } from "../../agent/picture/rectangles.ts";

const SIZE = { width: 640, height: 360 };
const FILM: Rectangle = { x: 128, y: 64, width: 192, height: 128 };
const LINE: Rectangle = { x: 20, y: 300, width: 30, height: 16 };
/** A whole line of text beside and below the film. */
const ACROSS: Rectangle = { x: 0, y: 100, width: 640, height: 20 };

const area = (rectangles: readonly Rectangle[]) =>
  rectangles.reduce((sum, { width, height }) => sum + width * height, 0);

/** A screen: what is drawn on it is taken over into planes as a capture does it. */
class Screen {
  readonly planes: Planes = planesOver(
    new Uint8Array(planesLayout("444", SIZE.width, SIZE.height).bytes),
    "444",
    SIZE.width,
    SIZE.height,
  );
  readonly movement = new Movement(this.planes);
  now = 10_000;
  /** When what is drawn next was noticed, if it was before now. */
  noticedAt: number | undefined;

  /** What of it came into the planes. */
  draw(...rectangles: readonly Rectangle[]): readonly Rectangle[] {
    return this.#take(rectangles.flatMap((rectangle) => this.movement.hold(rectangle, this.now)));
  }

  release(): readonly Rectangle[] {
    return this.#take(this.movement.release());
  }

  #take(parts: readonly Rectangle[]): readonly Rectangle[] {
    for (const { x, y, width, height } of parts)
      for (let row = y; row < y + height; row++) touch(this.planes, row, x, x + width);
    this.movement.took(this.now, this.noticedAt);
    this.noticedAt = undefined;
    return parts;
  }

  /** 25 pictures a second of a film. */
  play(seconds: number): void {
    for (let picture = 0; picture < seconds * 25; picture++) {
      this.now += 40;
      this.draw(FILM);
    }
  }
}

describe("what moves by itself", () => {
  test("is held back after some changes in a row, and owed", () => {
    const screen = new Screen();
    expect(screen.draw(FILM)).toEqual([FILM]);
    screen.play(1);
    expect(screen.draw(FILM)).toEqual([]);
    expect(screen.movement.owedShare).toBeCloseTo(6 / 60, 5);
    expect(area(screen.release())).toBe(area([FILM]));
    expect(screen.movement.owedShare).toBe(0);
    expect(screen.movement.release()).toEqual([]);
  });

  test("holds back nothing beside it", () => {
    const screen = new Screen();
    screen.play(1);
    expect(screen.draw(LINE)).toEqual([LINE]);
    const parts = screen.draw(ACROSS);
    expect(area(parts)).toBe(ACROSS.width * ACROSS.height - FILM.width * ACROSS.height);
    for (const { x, width } of parts) expect(x + width <= FILM.x || x >= FILM.x + FILM.width).toBe(true);
  });

  test("is seen where making a picture takes longer than it moves: it goes on as soon as was looked", () => {
    const screen = new Screen();
    for (let look = 0; look < 6; look++) {
      screen.now += 500;
      screen.draw(FILM);
    }
    expect(screen.draw(FILM)).toEqual([FILM]); // each time noticed just then: something slow
    for (let look = 0; look < 6; look++) {
      screen.now += 500;
      screen.noticedAt = screen.now - 460;
      screen.draw(FILM);
    }
    expect(screen.draw(FILM)).toEqual([]);
  });

  test("is nothing that changes seldom: a caret, a clock", () => {
    const screen = new Screen();
    for (let blink = 0; blink < 20; blink++) {
      screen.now += 500;
      expect(screen.draw(LINE)).toEqual([LINE]);
    }
  });

  test("is nothing that follows input: letters that are typed, a page that is scrolled", () => {
    const screen = new Screen();
    for (let letter = 0; letter < 50; letter++) {
      screen.now += 100;
      screen.movement.acted(screen.now);
      screen.now += 20;
      expect(screen.draw(LINE, FILM)).toEqual([LINE, FILM]);
    }
  });

  test("goes on being held back while somebody types beside it", () => {
    const screen = new Screen();
    screen.play(1);
    for (let letter = 0; letter < 20; letter++) {
      screen.now += 100;
      screen.movement.acted(screen.now);
      expect(screen.draw(LINE, FILM)).toEqual([LINE]);
    }
  });

  test("is no letter that was looked at late, because a picture of the film was being made", () => {
    const screen = new Screen();
    screen.play(4);
    for (let letter = 0; letter < 5; letter++) {
      screen.now += 100;
      screen.movement.acted(screen.now);
      screen.noticedAt = screen.now + 20;
      screen.now += 340;
      expect(screen.draw(LINE, FILM)).toEqual([LINE]);
    }
  });

  /** A line that wanders over the screen, never long in one place. */
  const wander = (screen: Screen, pictures: number): number[] =>
    Array.from({ length: pictures }, (_, picture) => {
      screen.now += 40;
      return area(screen.draw({ x: (picture * 24) % 560, y: ((picture * 16) % 320) & ~1, width: 60, height: 20 }));
    });

  test("is a screen saver, too, whose lines are never long in one place", () => {
    const screen = new Screen();
    expect(wander(screen, 25).every((brought) => brought > 0)).toBe(true);
    wander(screen, 50);
    const brought = wander(screen, 50);
    expect(brought.filter((pixels) => pixels > 0).length).toBeLessThan(10);
    // then all comes to rest at once
    screen.now += 400;
    expect(screen.movement.rested(screen.now).length).toBeGreaterThan(0);
    expect(screen.movement.owedShare).toBe(0);
    expect(wander(screen, 3).every((pixels) => pixels > 0)).toBe(true);
  });

  test("comes to rest: what is owed is an ordinary change, and so is what follows", () => {
    const screen = new Screen();
    screen.play(1);
    expect(screen.movement.restsAt).toBe(screen.now + 350);
    screen.now += 100;
    expect(screen.movement.rested(screen.now)).toEqual([]);
    screen.now += 250;
    expect(area(screen.movement.rested(screen.now))).toBe(area([FILM]));
    expect(screen.movement.restsAt).toBeUndefined();
    expect(screen.movement.blocks).toBeUndefined();
    expect(screen.draw(FILM)).toEqual([FILM]);
  });

  test("no longer moves where it turns out that nothing changed", () => {
    const screen = new Screen();
    screen.play(1);
    screen.movement.hold(FILM, screen.now);
    screen.movement.release();
    screen.movement.took(screen.now); // taken over, and the same as before
    expect(screen.draw(FILM)).toEqual([FILM]);
  });

  test("ends with another page that input brings", () => {
    const screen = new Screen();
    screen.play(1);
    screen.release();
    screen.movement.acted(screen.now);
    screen.draw({ x: 0, y: 0, ...SIZE });
    expect(area(screen.movement.rested(screen.now))).toBe(area([FILM]));
    expect(screen.draw(FILM)).toEqual([FILM]);
  });

  test("is told block by block", () => {
    const screen = new Screen();
    screen.play(1);
    const { blocks } = screen.movement;
    expect(blocks?.length).toBe(40 * 23);
    const held = [...(blocks ?? [])].flatMap((one, at) => (one ? [[at % 40, Math.floor(at / 40)] as const] : []));
    expect(held.length).toBe(12 * 8);
    expect(held[0]).toEqual([8, 4]);
    expect(held.at(-1)).toEqual([19, 11]);
  });
});

describe("blocks to be coded", () => {
  const at = (row: number, column: number) => row * 40 + column;

  test("are all of them while nothing is held back", () => {
    const { planes } = new Screen();
    const blocks = new Blocks(planes);
    touch(planes, 0, 0, 16);
    expect(blocks.active(35)).toBeUndefined();
  });

  test("are those that changed and those that may become better, but for what moves", () => {
    const screen = new Screen();
    const blocks = new Blocks(screen.planes);
    screen.play(1);
    blocks.codedWhole(40);
    screen.movement.acted(screen.now);
    screen.draw(LINE);
    const held = screen.movement.blocks;
    const letters = blocks.active(40, held) ?? new Uint8Array();
    const changed = [...letters].flatMap((one, index) => (one ? [index] : []));
    expect(changed).toEqual([at(18, 1), at(18, 2), at(18, 3), at(19, 1), at(19, 2), at(19, 3)]);
    blocks.coded(40, letters);
    screen.draw(LINE);
    expect(blocks.active(35, held)).toBeUndefined(); // nearly all of them are coarser than that
    blocks.coded(35, undefined);
    screen.draw(LINE);
    const again = blocks.active(
      32,
      Uint8Array.from(held ?? [], (one, index) => (index < 400 ? 1 : one)),
    );
    expect(again?.[at(0, 0)]).toBe(0);
    expect(again?.[at(12, 30)]).toBe(1);
    expect(again?.[at(18, 1)]).toBe(1);
  });
});
