/** Of what a caller waits for, in seconds: those that Prometheus' own clients have by default. */
export const CALL_SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10] as const;
/** From the publishing of a message to its sending. */
export const LAG_SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.2, 0.5, 1, 5, 30] as const;
/** Of what people take their time for: up to the longest that a question may be answered. */
export const ANSWER_SECONDS = [1, 5, 15, 30, 60, 300, 900, 3_600, 14_400, 86_400, 604_800] as const;
/** Up to what one frame may have. */
export const FRAME_BYTES = [64, 256, 1_024, 4_096, 16_384, 65_536] as const;
