import fc from "fast-check";
import { expect, test } from "vitest";
import { dailyBars } from "../../../../layers/core/billing/daily-bars.ts";
import { htmlText } from "../../../../layers/core/billing/html.ts";
import { invoicePage } from "../../../../layers/core/billing/invoice-page.ts";
import { anInvoice, dayUsage } from "./invoice-parts.ts";

test("a page tells whose invoice it is, what it comes to, and whether it is final", () => {
  const preliminary = invoicePage(anInvoice());
  const final = invoicePage({ ...anInvoice(), status: "final", number: "acme-2027-01" });

  expect(preliminary).toContain("Preliminary invoice 2027-01");
  expect(preliminary).toContain("So far</span> <strong>USD 55.00");
  expect(final).toContain("<title>Invoice acme-2027-01 – Acme</title>");
  expect(final).toContain("This invoice is final.");
  expect(final).not.toContain("preliminary");
});

test("each tier of a graduated price has its row", () => {
  const page = invoicePage(anInvoice());

  expect(page).toContain('<td>included</td><td class="number">1,000,000 calls</td>');
  expect(page).toContain('<td class="number">1,500,000 calls</td><td class="number">4.00 per million calls</td>');
});

test("the days of each plan stand with it where there were several", () => {
  const page = invoicePage(
    anInvoice({
      plans: [
        { day: "2026-12-24", plan: "free" },
        { day: "2027-01-11", plan: "scale" },
      ],
    }),
  );

  expect(page).toContain('Free plan <span class="days">2027-01-01 to 2027-01-10</span>');
  expect(page).toContain('Scale plan <span class="days">2027-01-11 to 2027-01-31</span>');
});

test("a page needs nothing from elsewhere and runs nothing", () => {
  const page = invoicePage(anInvoice());

  expect(page).not.toMatch(/<script|<link|<img|@import|url\(|https?:/);
  expect(page).toContain("default-src 'none'");
});

test("a tenant's name is text, whatever it holds", () => {
  fc.assert(
    fc.property(
      fc.string({ unit: fc.constantFrom("<", ">", "&", '"', "'", "script", "/", "a", " ") }),
      (tenantName) => {
        const page = invoicePage(anInvoice({ tenantName }));

        const [plain] = [invoicePage(anInvoice({ tenantName: "" }))];
        const tags = (text: string) => text.match(/<[^>]*>/g);
        expect(tags(page)).toEqual(tags(plain));
      },
    ),
  );
  expect(htmlText(`<a href="x" title='y'>&</a>`)).toBe("&lt;a href=&quot;x&quot; title=&#39;y&#39;&gt;&amp;&lt;/a&gt;");
});

test("a picture has a bar for each day, as high as its share of the busiest", () => {
  const { daily } = anInvoice({
    days: [
      dayUsage("2027-01-01", { calls: 100 }),
      dayUsage("2027-01-02", { calls: 50 }),
      dayUsage("2027-01-03", { calls: 0 }),
    ],
  });

  const heights = [...dailyBars(daily).matchAll(/<rect [^>]*height="([\d.]+)"/g)].map(([, height]) => Number(height));

  expect(heights).toHaveLength(31);
  expect(heights.slice(0, 3)).toEqual([96, 48, 0]);
});

test("a month without calls has a picture too", () => {
  const picture = dailyBars(anInvoice({ days: [] }).daily);

  expect(picture).toContain("no calls");
  expect(picture).not.toMatch(/NaN|Infinity/);
});
