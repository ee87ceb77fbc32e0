/** libvpx: VP9 in real time for screens. For viewers that do not decode AV1. */
import koffi from "koffi";
import type { CodecLibrary, CodecOptions } from "./codec.ts";
import { loadCodecLibrary } from "./codec-library.ts";
import { NativeEncoder } from "./native-encoder.ts";

/** VPX_ENCODER_ABI_VERSION of the versions whose structures are those below. */
export const ABI_VERSIONS = [25, 36, 39]; // 1.12, 1.15, 1.17

/** Beginning of vpx_codec_enc_cfg_t (vpx_encoder.h), up to the last field we set. */
export const CONFIG = koffi.struct({
  g_usage: "uint",
  g_threads: "uint",
  g_profile: "uint",
  g_w: "uint",
  g_h: "uint",
  g_bit_depth: "int",
  g_input_bit_depth: "uint",
  g_timebase: koffi.struct({ num: "int", den: "int" }),
  g_error_resilient: "uint32_t",
  g_pass: "int",
  g_lag_in_frames: "uint",
  rc_dropframe_thresh: "uint",
  rc_resize_allowed: "uint",
  rc_scaled_width: "uint",
  rc_scaled_height: "uint",
  rc_resize_up_thresh: "uint",
  rc_resize_down_thresh: "uint",
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
  rc_2pass_vbr_corpus_complexity: "uint",
  kf_mode: "int",
});

export const IMAGE = { planes: 48, strides: 80, bytes: 136 } as const;

const VPX_Q = 3;
const VPX_KF_DISABLED = 0;
const VPX_DL_REALTIME = 1;

/** Control ids of vp8cx.h. */
const CONTROLS = [
  [13, 8], // VP8E_SET_CPUUSED
  [25, 35], // VP8E_SET_CQ_LEVEL: set anew for each picture
  [43, 1], // VP9E_SET_TUNE_CONTENT: VP9E_CONTENT_SCREEN, worth a factor of 2 in bytes
  [14, 0], // VP8E_SET_ENABLEAUTOALTREF: an alternate reference would be a second packet
  [36, 0], // VP9E_SET_AQ_MODE
  [55, 0], // VP9E_SET_ROW_MT
  [46, 2], // VP9E_SET_COLOR_SPACE: BT.709
  [51, 0], // VP9E_SET_COLOR_RANGE: studio
] as const;

function codecLibrary(): CodecLibrary {
  return {
    library: loadCodecLibrary({ linux: { file: "libvpx.so.7", debianPackage: "libvpx7" }, windows: "vpx.dll" }),
    prefix: "vpx",
    interfaceFunction: "vpx_codec_vp9_cx",
    abiVersions: ABI_VERSIONS,
    usage: 0,
    config: CONFIG,
    defaults: { g_usage: 0, g_timebase: { num: 1, den: 30 }, rc_max_quantizer: 63 },
    settings: {
      g_threads: 1,
      g_timebase: { num: 1, den: 1000 },
      g_lag_in_frames: 0,
      rc_end_usage: VPX_Q,
      rc_target_bitrate: 1000,
      rc_min_quantizer: 0,
      rc_max_quantizer: 63,
      rc_dropframe_thresh: 0,
      kf_mode: VPX_KF_DISABLED,
    },
    controls: CONTROLS,
    quickControls: [],
    speed: undefined,
    slots: undefined,
    activeMap: undefined,
    deadline: VPX_DL_REALTIME,
    imageFormats: { "444": 0x106, "420": 0x102 }, // VPX_IMG_FMT_I444, VPX_IMG_FMT_I420
    image: IMAGE,
  };
}

export const openVpx = (options: CodecOptions) => new NativeEncoder(codecLibrary(), options);
