/** libaom: AV1 in real time for screens. Settings were measured on an office session; see the sentence at each group. */
import { availableParallelism } from "node:os";
import koffi from "koffi";
import type { Encoder } from "../../picture/encoder.ts";
import { type AomLibrary, aomLibrary } from "./aom-library.ts";
import type { CodecLibrary, CodecOptions, CodecSlots } from "./codec.ts";
import { NativeEncoder } from "./native-encoder.ts";
import { type Pace, StillPace } from "./still-pace.ts";
import { TwoEncoders } from "./two-encoders.ts";

/** AOM_ENCODER_ABI_VERSION of the versions whose structures are those below. */
export const ABI_VERSIONS = [29]; // 3.6 to 3.14

/** Beginning of aom_codec_enc_cfg_t (aom_encoder.h), up to the last field we set. */
export const CONFIG = koffi.struct({
  g_usage: "uint",
  g_threads: "uint",
  g_profile: "uint",
  g_w: "uint",
  g_h: "uint",
  g_limit: "uint",
  g_forced_max_frame_width: "uint",
  g_forced_max_frame_height: "uint",
  g_bit_depth: "int",
  g_input_bit_depth: "uint",
  g_timebase: koffi.struct({ num: "int", den: "int" }),
  g_error_resilient: "uint32_t",
  g_pass: "int",
  g_lag_in_frames: "uint",
  rc_dropframe_thresh: "uint",
  rc_resize_mode: "uint",
  rc_resize_denominator: "uint",
  rc_resize_kf_denominator: "uint",
  rc_superres_mode: "int",
  rc_superres_denominator: "uint",
  rc_superres_kf_denominator: "uint",
  rc_superres_qthresh: "uint",
  rc_superres_kf_qthresh: "uint",
  rc_end_usage: "int",
  rc_twopass_stats_in: koffi.struct({ buf: "void *", sz: "size_t" }),
  rc_firstpass_mb_stats_in: koffi.struct({ buf: "void *", sz: "size_t" }),
  rc_target_bitrate: "uint",
  rc_min_quantizer: "uint",
  rc_max_quantizer: "uint",
  rc_undershoot_pct: "uint",
  rc_overshoot_pct: "uint",
  rc_buf_sz: "uint",
  rc_buf_initial_sz: "uint",
  rc_buf_optimal_sz: "uint",
  rc_2pass_vbr_bias_pct: "uint",
  rc_2pass_vbr_minsection_pct: "uint",
  rc_2pass_vbr_maxsection_pct: "uint",
  fwd_kf_enabled: "int",
  kf_mode: "int",
});

export const IMAGE = { planes: 64, strides: 88, bytes: 168 } as const;

const AOM_USAGE_REALTIME = 1;
const AOM_USAGE_ALL_INTRA = 2;
const AOM_Q = 3;
const AOM_KF_DISABLED = 0;

/** Control ids of aomcx.h. */
const CONTROLS = [
  [25, 35], // AOME_SET_CQ_LEVEL: set anew for each picture
  // screen content: worth a factor of 2–3 in bytes, the palette alone 16 %
  [43, 1], // AV1E_SET_TUNE_CONTENT: AOM_CONTENT_SCREEN
  [104, 1], // AV1E_SET_ENABLE_PALETTE
  // quality is chosen per picture by us, evenly over it
  [40, 0], // AV1E_SET_AQ_MODE
  [107, 0], // AV1E_SET_DELTAQ_MODE
  // tools that cost time and gave nothing on text
  [79, 0], // AV1E_SET_ENABLE_ORDER_HINT
  [44, 1], // AV1E_SET_CDF_UPDATE_MODE
  [58, 1], // AV1E_SET_ENABLE_CDEF
  [149, 3], // AV1E_SET_LOOPFILTER_CONTROL: keyframes and new scenes only; it went over the edges of unchanged blocks too
  [61, 0], // AV1E_SET_ENABLE_OBMC
  [96, 0], // AV1E_SET_ENABLE_WARPED_MOTION
  [95, 0], // AV1E_SET_ENABLE_GLOBAL_MOTION
  [35, 0], // AV1E_SET_ENABLE_TPL_MODEL
  [101, 0], // AV1E_SET_ENABLE_CFL_INTRA
  [99, 0], // AV1E_SET_ENABLE_SMOOTH_INTRA
  [106, 0], // AV1E_SET_ENABLE_ANGLE_DELTA
  [98, 0], // AV1E_SET_ENABLE_FILTER_INTRA
  [84, 0], // AV1E_SET_ENABLE_REF_FRAME_MVS
  [126, 3], // AV1E_SET_COEFF_COST_UPD_FREQ: off
  [127, 3], // AV1E_SET_MODE_COST_UPD_FREQ: off
  [128, 3], // AV1E_SET_MV_COST_UPD_FREQ: off
  // ITU-T H.273: BT.709, limited range
  [45, 1], // AV1E_SET_COLOR_PRIMARIES
  [46, 1], // AV1E_SET_TRANSFER_CHARACTERISTICS
  [47, 1], // AV1E_SET_MATRIX_COEFFICIENTS
  [52, 0], // AV1E_SET_COLOR_RANGE: studio
] as const;

/**
 * A quick keyframe does without the tools for screens: 255 ms of processor time in place of 450 on a document of 1920×1080, at
 * 48 dB in place of 51. Whether a picture may use them is decided at keyframes, so those after it lack them too: on the
 * office trace a fifth more bytes, until the next keyframe.
 */
const QUICK_CONTROLS = [[43, 0]] as const; // AV1E_SET_TUNE_CONTENT: AOM_CONTENT_DEFAULT

const integers = (...values: readonly number[]) => new Uint8Array(Int32Array.from(values).buffer);

const FASTEST = 10;
/**
 * AOME_SET_CPUUSED by quality. What is coarse is a big change, where a longer search saves a fifth of the bytes and gives 2 dB
 * (and takes twice as long). What is fine is a refinement, which nobody waits for: 1.5 dB better for fewer bytes. Typing, in
 * between, is to be fast, and so is a quick keyframe.
 */
const speedOf = (quality: number, quick: boolean): number =>
  quick ? FASTEST : quality >= 40 ? 8 : quality <= 32 ? 7 : FASTEST;

const SHEET = 4;
/** aom_svc_ref_frame_config_t: which of the seven references are used, the slot of each, which slots are renewed. */
const references = (o: { last: number; golden: number; altref: number; renewed: readonly number[] }): Uint8Array =>
  integers(
    ...[1, 0, 0, 1, 0, 0, 1], // LAST, LAST2, LAST3, GOLDEN, BWDREF, ALTREF2, ALTREF
    ...[o.last, o.renewed[0] ?? o.last, o.renewed[1] ?? o.last, o.golden, o.golden, o.golden, o.altref],
    ...[0, 1, 2, 3, 4, 5, 6, 7].map((slot) => (o.renewed.includes(slot) ? 1 : 0)),
  );

/**
 * What the slots hold: see kept-pictures.ts, and the sheet of a new page (two-encoders.ts); the rest keep the last keyframe and are not used. A
 * picture refers to the newest (LAST) and to the two that stood still (GOLDEN, ALTREF), and takes the place of the older of 0 and 1;
 * libaom renews only slots that a reference names, therefore LAST2 and LAST3 name them, unused. Left alone, libaom moves through all
 * eight slots: more pictures held, 9.4 MB each at 1920×1080 in 4:4:4.
 */
const SLOTS: CodecSlots = {
  control: 133, // AV1E_SET_SVC_REF_FRAME_CONFIG
  references: ({ newest, next, still, sheet = false }) =>
    references({
      last: newest,
      golden: sheet ? SHEET : 2,
      altref: sheet && still === 3 ? 2 : 3,
      renewed: still === undefined ? [next] : [next, still],
    }),
  sheet: SHEET,
  renewSheet: (newest) => references({ last: newest, golden: newest, altref: newest, renewed: [SHEET] }),
  /** AV1 spec §5.9.2: a temporal delimiter, a frame header of one byte: show_existing_frame, the slot, the trailing bit. */
  show: (slot) => Uint8Array.of(0x12, 0x00, 0x1a, 0x01, 0x88 | (slot << 4)),
};

/**
 * What both encoders of one stream must agree on, for their sequence headers to be the same (two-encoders.ts): tools that gave nothing,
 * and none that might be chosen by usage.
 */
const AGREED_CONTROLS = [
  [56, 0], // AV1E_SET_SUPERBLOCK_SIZE: AOM_SUPERBLOCK_SIZE_64X64
  [59, 0], // AV1E_SET_ENABLE_RESTORATION
  [78, 0], // AV1E_SET_ENABLE_INTRA_EDGE_FILTER
  [83, 0], // AV1E_SET_ENABLE_DIST_WTD_COMP
  [86, 0], // AV1E_SET_ENABLE_DUAL_FILTER
  [88, 0], // AV1E_SET_ENABLE_MASKED_COMP
  [90, 0], // AV1E_SET_ENABLE_INTERINTRA_COMP
  [102, 0], // AV1E_SET_ENABLE_SUPERRES
] as const;

/** Of a still picture, by libaom 3.14 on a page of Japanese text: 40 kB and 170 ms, where a keyframe in real time needs 120 kB. */
const STILL_CONTROLS = [
  [13, 7], // AOME_SET_CPUUSED: a tenth less time than 6, which has 0.8 dB more: two quantizers make up for that
  [105, 1], // AV1E_SET_ENABLE_INTRABC: a glyph that was coded before is said by where it stands: worth a factor of three
  [32, 1], // AV1E_SET_ROW_MT
  // what cost time and gave nothing
  [73, 0], // AV1E_SET_ENABLE_RECT_PARTITIONS
  [74, 0], // AV1E_SET_ENABLE_AB_PARTITIONS
  [75, 0], // AV1E_SET_ENABLE_1TO4_PARTITIONS
  [76, 8], // AV1E_SET_MIN_PARTITION_SIZE
  [77, 32], // AV1E_SET_MAX_PARTITION_SIZE
  [100, 0], // AV1E_SET_ENABLE_PAETH_INTRA
] as const;
/** These are of pictures that follow others. */
const ONLY_REAL_TIME: ReadonlySet<number> = new Set([44, 149, 126, 127, 128]);

function codecLibrary({ handle, about }: AomLibrary): CodecLibrary {
  return {
    library: handle,
    about,
    prefix: "aom",
    interfaceFunction: "aom_codec_av1_cx",
    abiVersions: ABI_VERSIONS,
    usage: AOM_USAGE_REALTIME,
    config: CONFIG,
    defaults: { g_usage: AOM_USAGE_REALTIME, g_timebase: { num: 1, den: 30 }, rc_max_quantizer: 63 },
    settings: {
      // a second one brings keyframes a third sooner with the same bytes; more would be felt at the office PC
      g_threads: Math.min(2, availableParallelism()),
      g_timebase: { num: 1, den: 1000 },
      g_lag_in_frames: 0,
      rc_end_usage: AOM_Q,
      rc_target_bitrate: 1000,
      rc_min_quantizer: 0,
      rc_max_quantizer: 63,
      kf_mode: AOM_KF_DISABLED,
    },
    controls: CONTROLS,
    quickControls: QUICK_CONTROLS,
    speed: { control: 13, of: speedOf },
    slots: SLOTS,
    activeMap: 9, // AOME_SET_ACTIVEMAP
    deadline: undefined,
    imageFormats: { "444": 0x106, "420": 0x102 }, // AOM_IMG_FMT_I444, AOM_IMG_FMT_I420
    image: IMAGE,
  };
}

/** The same library for still pictures. */
function stillLibrary(codec: CodecLibrary): CodecLibrary {
  return {
    ...codec,
    usage: AOM_USAGE_ALL_INTRA,
    defaults: { ...codec.defaults, g_usage: AOM_USAGE_ALL_INTRA },
    // that each is a keyframe is this usage's own way
    settings: Object.fromEntries(Object.entries(codec.settings).filter(([field]) => field !== "kf_mode")),
    controls: [
      ...codec.controls.filter(([control]) => !ONLY_REAL_TIME.has(control)),
      ...AGREED_CONTROLS,
      ...STILL_CONTROLS,
    ],
    speed: undefined,
  };
}

/** Of all encoders of this process, one after another. */
const PACE = new StillPace();

export function openAom(options: CodecOptions, library: AomLibrary = aomLibrary(), pace: Pace = PACE): Encoder {
  const { stills, largeBytes, newEdges, about } = library;
  const codec = codecLibrary(library);
  if (!stills) return new NativeEncoder(codec, options);
  const together = { ...codec, controls: [...codec.controls, ...AGREED_CONTROLS] };
  try {
    return new TwoEncoders(together, { codec: stillLibrary(codec), pace, largeBytes, newEdges }, options);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return new NativeEncoder({ ...codec, about: `${about} But they cannot be made: ${why}` }, options);
  }
}
