/** Why a connection ends: codes of RFC 6455, section 7.4.1, and of its registry. */
export const CLOSE_CODES = {
  /** The client wanted it. */
  done: 1000,
  /** It has come to its end, or its client no longer answers. */
  over: 1001,
  binary: 1003,
  not_utf8: 1007,
  /** It did what it may not, or who holds it may not be here. */
  refused: 1008,
  too_large: 1009,
  /** Another process serves. */
  restart: 1012,
  /** There may be room later. */
  later: 1013,
} as const;
