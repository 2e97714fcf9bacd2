import fc from "fast-check";
import { expect, test } from "vitest";
import {
  exportLog,
  LOG_EXPORT_FORMATS,
  type LogExportFormat,
  logExportName,
} from "../../../../layers/core/log/export-log.ts";
import type { LogLine } from "../../../../layers/core/log/log-line.ts";

function aLine(text: string, given: Partial<LogLine> = {}): LogLine {
  return {
    projectId: "proj_1",
    runId: "r1",
    sequence: "7",
    atEpochMs: Date.UTC(2027, 0, 31, 9, 30),
    level: "warn",
    stream: "stderr",
    text,
    ...given,
  };
}

async function* batches(...given: readonly (readonly LogLine[])[]): AsyncGenerator<readonly LogLine[]> {
  yield* given;
}

async function exported(format: LogExportFormat, ...given: readonly (readonly LogLine[])[]): Promise<string> {
  const pieces: string[] = [];
  for await (const piece of exportLog(batches(...given), {
    format,
    view: (line) => ({ id: line.sequence, message: line.text }),
  })) {
    pieces.push(piece);
  }
  return pieces.join("");
}

test("JSON is an array of the lines as they are, however many come at a time", async () => {
  const text = await exported("json", [aLine('"a"\u001b[0m'), aLine("b")], [], [aLine("c")]);

  expect(JSON.parse(text)).toEqual(['"a"\u001b[0m', "b", "c"].map((message) => ({ id: "7", message })));
});

test("CSV has its columns first and a row for each line, without colours", async () => {
  const text = await exported(
    "csv",
    [aLine('\u001b[31msay "a, b"\u001b[0m')],
    [aLine("c", { level: "info", stream: "stdout" })],
  );

  expect(text).toBe(
    "timestamp,level,stream,project,run,message\r\n" +
      '2027-01-31T09:30:00.000Z,warn,stderr,proj_1,r1,"say ""a, b"""\r\n' +
      "2027-01-31T09:30:00.000Z,info,stdout,proj_1,r1,c\r\n",
  );
});

test.each(["=1+1", "+1", "-1", "@SUM(A1)", "\u001b[0m=cmd|' /C calc'!A0", "＝1"])(
  "%j in CSV is text to a spreadsheet",
  async (text) => {
    const [, row = ""] = (await exported("csv", [aLine(text)])).split("\r\n");

    expect(row.split(",r1,")[1]).toMatch(/^"?'/);
  },
);

test("text has a line for each, as a terminal shows it", async () => {
  const text = await exported("text", [
    aLine("\u001b[31ma\u001b[0m"),
    aLine("b", { level: "error", stream: "stdout" }),
  ]);

  expect(text).toBe("2027-01-31T09:30:00.000Z WARN  stderr a\n2027-01-31T09:30:00.000Z ERROR stdout b\n");
});

test("of no lines each form has what it begins and ends with", async () => {
  expect(await Promise.all(LOG_EXPORT_FORMATS.map((format) => exported(format)))).toEqual([
    "[\n\n]\n",
    "timestamp,level,stream,project,run,message\r\n",
    "",
  ]);
  expect(LOG_EXPORT_FORMATS.map((format) => logExportName("p", format))).toEqual([
    "p-log.json",
    "p-log.csv",
    "p-log.txt",
  ]);
});

test("any lines are read back from JSON as they were", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.array(fc.string({ unit: "binary" }), { maxLength: 4 }), { maxLength: 4 }),
      async (given) => {
        const text = await exported("json", ...given.map((texts) => texts.map((each) => aLine(each))));

        expect(JSON.parse(text)).toEqual(given.flat().map((message) => ({ id: "7", message })));
      },
    ),
  );
});
