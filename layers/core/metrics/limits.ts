/**
 * Different values of a metric's labels that are told apart; what comes beyond them is counted together. Twice what a cell
 * offers of routes and statuses: the operations of CyberChef, which are tools too, fit in. A scraper keeps each for weeks.
 */
export const SERIES_MAX = 1_000;
/** Of a label's value: the longest name of a tool. The rest is left out. */
export const LABEL_CHARACTERS_MAX = 128;
