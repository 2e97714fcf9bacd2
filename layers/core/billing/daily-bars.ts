import { htmlText } from "./html.ts";
import type { DailyCalls } from "./invoice.ts";
import { countText } from "./money.ts";

/** In units of the picture, which is as wide as the page. */
const WIDTH = 720;
const HEIGHT = 132;
const TOP = 16;
const BASE = 112;
const GAP = 4;
const BAR_HEIGHT_MIN = 1;
/** Under each so many bars stands their day. */
const LABEL_EVERY = 5;

/** A picture of a month's calls, a bar a day, as SVG within HTML. */
export function dailyBars(daily: readonly DailyCalls[]): string {
  const most = Math.max(1, ...daily.map(({ calls }) => calls));
  const step = WIDTH / Math.max(1, daily.length);
  const bars = daily.map(({ day, calls }, index) => {
    const height = calls === 0 ? 0 : Math.max(BAR_HEIGHT_MIN, ((BASE - TOP) * calls) / most);
    const title = `<title>${htmlText(day)}: ${countText(calls)} calls</title>`;
    const [x, y] = [index * step + GAP / 2, BASE - height];
    return `<rect x="${digits(x)}" y="${digits(y)}" width="${digits(step - GAP)}" height="${digits(height)}" rx="1">${title}</rect>`;
  });
  const labels = daily.flatMap(({ day }, index) =>
    index === 0 || (index + 1) % LABEL_EVERY === 0
      ? [
          `<text x="${digits((index + 0.5) * step)}" y="${BASE + 15}" text-anchor="middle">${Number(day.slice(-2))}</text>`,
        ]
      : [],
  );
  const busiest = daily.some(({ calls }) => calls > 0) ? `${countText(most)} calls on the busiest day` : "no calls";
  return [
    `<svg class="bars" viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="Calls by day: ${busiest}">`,
    `<text x="0" y="10">${busiest}</text>`,
    ...bars,
    `<line x1="0" y1="${BASE}" x2="${WIDTH}" y2="${BASE}"/>`,
    ...labels,
    "</svg>",
  ].join("\n");
}

const digits = (number: number): string => String(Math.round(number * 100) / 100);
