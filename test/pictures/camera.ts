/** Takes a picture of what can be seen, and keeps it small: letters stay sharp in WebP at a third of PNG's bytes. */
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import type { Locator, Page } from "playwright-core";
import type { TestBrowser } from "../support/browser.ts";
import { type Folder, fileOf, MAX_PICTURE_BYTES, type PictureOf } from "./list.ts";

/** The best that fits. */
const QUALITIES = [0.92, 0.85, 0.75, 0.6];

export class Camera {
  readonly #darkroom: Page;

  private constructor(darkroom: Page) {
    this.#darkroom = darkroom;
  }

  /** In a tab of its own, past the content security policy of the pages. */
  static async open({ context }: TestBrowser): Promise<Camera> {
    return new Camera(await context.newPage());
  }

  /** `of`: a part of the page alone. */
  async take<F extends Folder>(page: Page, folder: F, name: PictureOf<F>, of?: Locator): Promise<void> {
    await page.bringToFront();
    const png = await (of ?? page).screenshot();
    const file = fileOf(folder, name);
    mkdirSync(dirname(file), { recursive: true });
    for (const quality of QUALITIES) {
      const webp = await this.#develop(png, quality);
      if (webp.length > MAX_PICTURE_BYTES) continue;
      writeFileSync(file, webp);
      console.log(`${file}  ${Math.round(webp.length / 1_000)} kB`);
      return;
    }
    throw new Error(`${file} does not become small enough`);
  }

  async #develop(png: Buffer, quality: number): Promise<Buffer> {
    const url = await this.#darkroom.evaluate(
      async ({ base64, quality }) => {
        const picture = new Image();
        picture.src = `data:image/png;base64,${base64}`;
        await picture.decode();
        const canvas = document.createElement("canvas");
        canvas.width = picture.naturalWidth;
        canvas.height = picture.naturalHeight;
        canvas.getContext("2d")?.drawImage(picture, 0, 0);
        return canvas.toDataURL("image/webp", quality);
      },
      { base64: png.toString("base64"), quality },
    );
    return Buffer.from(url.slice(url.indexOf(",") + 1), "base64");
  }
}
