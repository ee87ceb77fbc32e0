/**
 * Where this platform's koffi puts the fields of the codecs' structures, as assertions in C: a compiler for the same platform
 * holds them against the libraries' headers. As a program: writes them to a file.
 */
import { writeFileSync } from "node:fs";
import type { TypeObject } from "koffi";
import { CONFIG as AOM_CONFIG, IMAGE as AOM_IMAGE } from "../../agent/native/codecs/aom.ts";
import { CONFIG_BYTES, CONTEXT_BYTES, PACKET } from "../../agent/native/codecs/codec.ts";
import { CONFIG as VPX_CONFIG, IMAGE as VPX_IMAGE } from "../../agent/native/codecs/vpx.ts";

type Offsets = (readonly [field: string, offset: number, bytes: number])[];

function offsetsOf(type: TypeObject, prefix = "", base = 0): Offsets {
  return Object.values(type.members ?? {}).flatMap(({ name, type: member, offset }) =>
    member.members
      ? offsetsOf(member, `${prefix}${name}.`, base + offset)
      : [[`${prefix}${name}`, base + offset, member.size] as const],
  );
}

const assertion = (condition: string) => `_Static_assert(${condition}, "");\n`;

function structure(type: string, offsets: Offsets): string {
  return offsets
    .map(([field, offset, bytes]) =>
      assertion(`offsetof(${type}, ${field}) == ${offset} && sizeof(((${type} *)0)->${field}) == ${bytes}`),
    )
    .join("");
}

function library(prefix: "aom" | "vpx", config: TypeObject, image: { planes: number; strides: number; bytes: number }) {
  const packet = offsetsOf(PACKET).map(
    ([field, ...rest]) => [field.replace("frame.", "data.frame."), ...rest] as const,
  );
  return [
    `#include "${prefix}/${prefix}_encoder.h"\n`,
    structure(`${prefix}_codec_enc_cfg_t`, offsetsOf(config)),
    structure(`${prefix}_codec_cx_pkt_t`, packet),
    structure(`${prefix}_image_t`, [
      ["planes[0]", image.planes, 8],
      ["stride[0]", image.strides, 4],
    ]),
    assertion(`sizeof(${prefix}_image_t) == ${image.bytes}`),
    assertion(`sizeof(${prefix}_codec_enc_cfg_t) <= ${CONFIG_BYTES}`),
    assertion(`sizeof(${prefix}_codec_ctx_t) <= ${CONTEXT_BYTES}`),
  ].join("");
}

export const layoutAssertions = (): string =>
  `#include <stddef.h>\n${library("aom", AOM_CONFIG, AOM_IMAGE)}${library("vpx", VPX_CONFIG, VPX_IMAGE)}`;

const [, program, target] = process.argv;
if (program === import.meta.filename && target !== undefined) writeFileSync(target, layoutAssertions());
