import { expect, test } from "vitest";
import { invoiceCsv } from "../../../../layers/core/billing/invoice-csv.ts";
import { anInvoice } from "./invoice-parts.ts";

test("an invoice has a row for each tier, the rounding and the total", () => {
  const rows = invoiceCsv({ ...anInvoice(), status: "final", number: "acme-2027-01" }).split("\r\n");

  expect(rows).toEqual([
    "invoice,status,tenant,tenant_name,month,first_day,last_day,plan,kind,title,quantity,price,price_per,price_per_quantity,amount,currency",
    "acme-2027-01,final,acme,Acme,2027-01,2027-01-01,2027-01-31,team,baseFee,Base fee,31,49,month,31,49,USD",
    "acme-2027-01,final,acme,Acme,2027-01,2027-01-01,2027-01-31,team,calls,Calls,1000000,0,million calls,1000000,0,USD",
    "acme-2027-01,final,acme,Acme,2027-01,2027-01-01,2027-01-31,team,calls,Calls,1500000,4,million calls,1000000,6,USD",
    "acme-2027-01,final,acme,Acme,2027-01,2027-01-01,2027-01-31,team,bytesIn,Data in,5,0,GiB,1073741824,0,USD",
    "acme-2027-01,final,acme,Acme,2027-01,,,,rounding,Rounding,,,,,0,USD",
    "acme-2027-01,final,acme,Acme,2027-01,,,,total,Total,,,,,55,USD",
    "",
  ]);
});

test("a tenant's name is no formula", () => {
  const text = invoiceCsv(anInvoice({ tenantName: '=HYPERLINK("http://evil")' }));

  expect(text).toContain(`,"'=HYPERLINK(""http://evil"")",`);
  expect(text).not.toContain(",=");
});
