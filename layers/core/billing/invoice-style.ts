/** How an invoice looks on a screen and on A4. */
export const INVOICE_STYLE = `
:root { --ink: #1b1f24; --soft: #5b6470; --line: #d9dde2; --accent: #2f5d50; }
* { box-sizing: border-box; }
body { margin: 0; background: #eef0f2; color: var(--ink);
  font: 15px/1.5 "Inter", "Helvetica Neue", "Segoe UI", "Liberation Sans", Arial, sans-serif; }
main { max-width: 820px; margin: 32px auto; padding: 48px 50px; background: #fff; border-radius: 6px;
  box-shadow: 0 1px 3px rgb(0 0 0 / 12%); }
header { display: flex; justify-content: space-between; align-items: flex-end; gap: 24px;
  border-bottom: 2px solid var(--ink); padding-bottom: 16px; }
.maker { margin: 0; color: var(--accent); font-weight: 600; letter-spacing: .04em; }
h1 { margin: 0; font-size: 30px; line-height: 1.15; font-weight: 600; letter-spacing: -.01em; }
h2 { margin: 30px 0 8px; font-size: 15px; font-weight: 600; }
.mark { font-size: 13px; font-weight: 500; letter-spacing: 0; vertical-align: middle; color: var(--soft);
  border: 1px solid var(--line); border-radius: 99px; padding: 2px 10px; }
.due { margin: 0; text-align: right; white-space: nowrap; }
.due span { display: block; color: var(--soft); }
.due strong { font-size: 22px; font-weight: 600; font-variant-numeric: tabular-nums; }
dl { display: grid; grid-template-columns: repeat(3, minmax(0, 1fr)); gap: 14px 28px; margin: 22px 0 0; }
dt { color: var(--soft); font-size: 13px; }
dd { margin: 0; overflow-wrap: anywhere; }
.bars { display: block; width: 100%; height: auto; }
.bars rect { fill: var(--accent); }
.bars line { stroke: var(--line); }
.bars text { fill: var(--soft); font-size: 11px; }
table { width: 100%; border-collapse: collapse; }
th, td { padding: 6px 0 6px 16px; text-align: left; vertical-align: baseline; font-weight: inherit; }
th:first-child, td:first-child { padding-left: 0; }
thead th { color: var(--soft); font-size: 13px; border-bottom: 1px solid var(--line); }
.number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
.plan th { padding-top: 16px; font-weight: 600; }
.days { color: var(--soft); font-weight: 400; }
.line td { border-top: 1px solid var(--line); }
.plan + .line td { border-top: 0; }
.tier td { padding-top: 0; color: var(--soft); }
.tier td:first-child { padding-left: 16px; }
tfoot td { padding-top: 6px; }
tfoot tr:first-child td { border-top: 2px solid var(--ink); padding-top: 10px; }
.total td { font-weight: 700; border-top: 1px solid var(--line); }
footer { margin-top: 30px; color: var(--soft); font-size: 13px; }
@media (max-width: 640px) { main { margin: 0; padding: 24px 18px; border-radius: 0; } dl { grid-template-columns: 1fr 1fr; } }
@page { size: A4; margin: 18mm 16mm; }
@media print {
  body { background: none; font-size: 10.5pt; }
  main { max-width: none; margin: 0; padding: 0; box-shadow: none; }
  h2 { break-after: avoid; }
  tr, .bars, dl, tfoot { break-inside: avoid; }
  .bars rect { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
}
`;
