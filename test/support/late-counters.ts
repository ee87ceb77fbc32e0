/**
 * Loaded before an agent (`--import`): its RTP sequence numbers, drawn by lot below 2^15, begin just below their border of 16
 * bits instead, so that a test crosses it with the first picture and not after an hour.
 */
const FIRST = 65_500;
const random = Math.random;

Math.random = () =>
  /agent\/(session\/streamer|peer\/video-stream)\.ts/.test(new Error().stack ?? "") ? FIRST / 0x7fff : random();
