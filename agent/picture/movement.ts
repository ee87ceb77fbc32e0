/**
 * What moves by itself on the screen: a film, an animation, a spinner. Such tiles are held back: the planes do not get their changes until a
 * picture of the movement is asked for, so that letters typed beside it go out at once and weigh what letters weigh.
 *
 *   changes again and again, and nobody did anything ──▶ moves: held back, owed ──released──▶ in the planes
 *                                                          └──── rests ────▶ an ordinary change
 *
 * What follows input is no such movement: letters, a page that is scrolled, a window that is dragged. Pure; times are ms of any one clock.
 */
import { BLOCK, FOR_MOVEMENT, type Planes } from "./planes.ts";
import type { Rectangle } from "./rectangles.ts";

/** Side of a tile in pixels: what moves is seldom smaller, and one glyph beside it is soon free. */
const TILE = 64;
const BLOCKS = TILE / BLOCK;
/** So many changes in a row, none later than OFTEN_MS after the one before: a caret and a clock are slower. */
const CHANGES = 5;
const OFTEN_MS = 350;
/** What was not seen to change for so long rests. */
const REST_MS = 350;
/**
 * After so many looks in a row at which something moved, whatever changes by itself belongs to it, wherever that is (lines of a screen saver), and
 * rests later: its next picture brings it, unless all comes to rest.
 */
const STREAK = 25;
const REST_IN_STREAK_MS = 3_000;
/** So long after input a change is its answer. */
const ANSWER_MS = 300;
/** Input that changes so much elsewhere has brought another page: what moved on the old one says nothing. */
const OTHER_PAGE = 0.2;

export class Movement {
  readonly #planes: Planes;
  readonly #columns: number;
  readonly #rows: number;
  /** Of each tile: changes in a row, when it last changed, whether it moves, whether a change of it is owed. */
  readonly #changes: Uint8Array;
  readonly #changedAt: Float64Array;
  readonly #moves: Uint8Array;
  readonly #owed: Uint8Array;
  #moving = 0;
  #owing = 0;
  /** Tiles that were just given: those of them that turn out to be unchanged move no more. */
  #given: number[] = [];
  /** Looks in a row at which something moved, and when that was last. */
  #streak = 0;
  #activeAt = Number.NEGATIVE_INFINITY;
  #isActive = false;
  #actedAt = Number.NEGATIVE_INFINITY;
  #tookAt = Number.NEGATIVE_INFINITY;

  constructor(planes: Planes) {
    this.#planes = planes;
    this.#columns = Math.ceil(planes.width / TILE);
    this.#rows = Math.ceil(planes.height / TILE);
    const tiles = this.#columns * this.#rows;
    this.#changes = new Uint8Array(tiles);
    this.#changedAt = new Float64Array(tiles).fill(Number.NEGATIVE_INFINITY);
    this.#moves = new Uint8Array(tiles);
    this.#owed = new Uint8Array(tiles);
  }

  /** Input was given. */
  acted(now: number): void {
    this.#actedAt = now;
  }

  /** Share of the screen whose changes are owed, 0–1. */
  get owedShare(): number {
    return this.#owing / this.#moves.length;
  }

  /** When the first of what moves may have come to rest; undefined: nothing moves. */
  get restsAt(): number | undefined {
    if (this.#moving === 0) return undefined;
    return (
      this.#changedAt.reduce((soonest, at, tile) => (this.#moves[tile] ? Math.min(soonest, at) : soonest), Infinity) +
      REST_MS
    );
  }

  /** Parts of a changed rectangle that are to be taken over now. What moves of it is owed. */
  hold(rectangle: Rectangle, now: number): readonly Rectangle[] {
    if (this.#moving === 0) return [rectangle];
    const free: Rectangle[] = [];
    const bottom = rectangle.y + rectangle.height;
    for (let y = rectangle.y; y < bottom; ) {
      const row = Math.floor(y / TILE);
      const end = Math.min(bottom, (row + 1) * TILE);
      for (const part of this.#holdRow(rectangle, row, now)) free.push({ ...part, y, height: end - y });
      y = end;
    }
    return free;
  }

  #holdRow({ x, width }: Rectangle, row: number, now: number): { x: number; width: number }[] {
    const free: { x: number; width: number }[] = [];
    for (let left = x; left < x + width; ) {
      const column = Math.floor(left / TILE);
      const end = Math.min(x + width, (column + 1) * TILE);
      const tile = row * this.#columns + column;
      const last = free.at(-1);
      if (this.#moves[tile]) this.#owe(tile, now);
      else if (last && last.x + last.width === left) free[free.length - 1] = { x: last.x, width: end - last.x };
      else free.push({ x: left, width: end - left });
      left = end;
    }
    return free;
  }

  #owe(tile: number, now: number): void {
    this.#isActive = true;
    this.#changedAt[tile] = now;
    if (!this.#owed[tile]) this.#owing += 1;
    this.#owed[tile] = 1;
  }

  /** All that is owed, to be taken over now; nothing is owed then. */
  release(): Rectangle[] {
    return this.#give((tile) => this.#owed[tile] === 1);
  }

  /** Tiles that moved and rest now, as far as a change of them is owed. They are as others are from now on. */
  rested(now: number): Rectangle[] {
    if (this.#moving === 0) return [];
    const restMs = this.#isStreak(now) ? REST_IN_STREAK_MS : REST_MS;
    const resting = (tile: number) => this.#moves[tile] === 1 && now - (this.#changedAt[tile] as number) >= restMs;
    const given = this.#give((tile) => this.#owed[tile] === 1 && resting(tile));
    for (let tile = 0; tile < this.#moves.length; tile++) if (resting(tile)) this.#free(tile);
    return given;
  }

  #give(which: (tile: number) => boolean): Rectangle[] {
    if (this.#owing === 0) return [];
    const tiles = [...this.#owed.keys()].filter(which);
    for (const tile of tiles) this.#owed[tile] = 0;
    this.#owing -= tiles.length;
    this.#given.push(...tiles);
    return joinTiles(tiles.map((tile) => this.#rectangleOf(tile)));
  }

  #rectangleOf(tile: number): Rectangle {
    const x = (tile % this.#columns) * TILE;
    const y = Math.floor(tile / this.#columns) * TILE;
    const { width, height } = this.#planes;
    return { x, y, width: Math.min(TILE, width - x), height: Math.min(TILE, height - y) };
  }

  #free(tile: number): void {
    if (this.#moves[tile]) this.#moving -= 1;
    this.#moves[tile] = 0;
    this.#changes[tile] = 0;
  }

  /**
   * The planes have taken something over: learns from what really changed in them. `at`: when the first of it was noticed, which may be long ago
   * where making a picture takes long.
   */
  took(now: number, at = now): void {
    const [before, isNext] = [this.#tookAt, at - this.#tookAt <= OFTEN_MS];
    this.#tookAt = now;
    const answers = at - this.#actedAt < ANSWER_MS;
    const touched = this.#touchedTiles();
    this.#count({ active: this.#isActive || (touched.size > 0 && !answers), at, now });
    for (const tile of this.#given) if (!touched.has(tile)) this.#free(tile);
    this.#given = [];
    if (answers && [...touched].filter((tile) => !this.#moves[tile]).length > OTHER_PAGE * this.#moves.length) {
      // what moved comes to rest at once, and what is owed with it
      for (const [tile, moves] of this.#moves.entries()) if (moves) this.#changedAt[tile] = Number.NEGATIVE_INFINITY;
      return;
    }
    for (const tile of touched) {
      const last = this.#changedAt[tile] as number;
      const soon = now - last <= OFTEN_MS || (isNext && last === before);
      this.#changedAt[tile] = now;
      if (this.#moves[tile]) continue;
      const many = this.#isStreak(now) ? CHANGES : soon ? (this.#changes[tile] as number) + 1 : 1;
      this.#changes[tile] = answers ? 0 : Math.min(CHANGES, many);
      if (this.#changes[tile] !== CHANGES) continue;
      this.#moves[tile] = 1;
      this.#moving += 1;
    }
  }

  #count({ active, at, now }: { active: boolean; at: number; now: number }): void {
    this.#isActive = false;
    if (!active) return;
    this.#streak = at - this.#activeAt <= OFTEN_MS ? this.#streak + 1 : 1;
    this.#activeAt = now;
  }

  #isStreak(now: number): boolean {
    return this.#streak >= STREAK && now - this.#activeAt < OFTEN_MS;
  }

  #touchedTiles(): ReadonlySet<number> {
    const { touchedBlocks, blockColumns } = this.#planes;
    const tiles = new Set<number>();
    for (let at = 0; at < touchedBlocks.length; at++) {
      const touched = touchedBlocks[at] as number;
      if ((touched & FOR_MOVEMENT) === 0) continue;
      touchedBlocks[at] = touched & ~FOR_MOVEMENT;
      const [row, column] = [Math.floor(at / blockColumns), at % blockColumns];
      tiles.add(Math.floor(row / BLOCKS) * this.#columns + Math.floor(column / BLOCKS));
    }
    return tiles;
  }

  /** Block by block, 1 where something moves; undefined: nowhere. */
  get blocks(): Uint8Array | undefined {
    if (this.#moving === 0) return undefined;
    const { touchedBlocks, blockColumns } = this.#planes;
    return Uint8Array.from(touchedBlocks, (_, at) => {
      const [row, column] = [Math.floor(at / blockColumns), at % blockColumns];
      return this.#moves[Math.floor(row / BLOCKS) * this.#columns + Math.floor(column / BLOCKS)] as number;
    });
  }
}

/** Tiles row by row → few rectangles that cover just them. */
function joinTiles(tiles: readonly Rectangle[]): Rectangle[] {
  const joined: Rectangle[] = [];
  for (const tile of joinBeside(tiles)) {
    const above = joined.findIndex(
      ({ x, y, width, height }) => x === tile.x && width === tile.width && y + height === tile.y,
    );
    const other = joined[above];
    if (other) joined[above] = { ...other, height: other.height + tile.height };
    else joined.push(tile);
  }
  return joined;
}

function joinBeside(tiles: readonly Rectangle[]): Rectangle[] {
  const joined: Rectangle[] = [];
  for (const tile of tiles) {
    const last = joined.at(-1);
    if (last && last.y === tile.y && last.x + last.width === tile.x)
      joined[joined.length - 1] = { ...last, width: last.width + tile.width };
    else joined.push(tile);
  }
  return joined;
}
