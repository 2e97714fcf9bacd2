/** Limits of billing. How they relate to those of metering is held by `test/layers/core/billing/limits.test.ts`. */

/**
 * So long after a month's end its invoice is made for good: time for what a region or a queue held back. What comes later
 * shows in the usage and is not charged.
 */
export const INVOICE_FINAL_AFTER_MS = 72 * 3_600_000;
/** A process that was down for long makes the invoices of so many months, the latest first. */
export const INVOICE_MONTHS_BACK = 3;
/** Invoices in one list: twenty years of them. */
export const INVOICES_LISTED_MAX = 240;
/**
 * An hour is exported once it is over for so long, since Stripe takes the first event of an identifier and drops those
 * that follow within a day.
 */
export const EXPORT_SETTLED_MS = 6 * 3_600_000;
/** Tenants looked at side by side. */
export const TENANTS_BILLED_AT_ONCE = 8;
