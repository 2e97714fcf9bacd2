import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { ok, refused } from "../../../layers/core/result.ts";
import { HELP, readOptions } from "../../../layers/local/options.ts";
import { testFolder } from "../../fixtures/temporary-folder.ts";

const read = (...args: string[]) => readOptions(args, "/srv/cell");

function messagesOf(...args: string[]): string {
  const options = read(...args);
  return options.ok ? "" : options.problem.messages.join("\n");
}

test("without options a cell listens on 127.0.0.1:3000 and keeps its data in .skein", () => {
  const options = read();

  expect(options).toEqual(
    ok({
      port: 3000,
      host: "127.0.0.1",
      url: undefined,
      dataDir: "/srv/cell/.skein",
      toolkitFiles: [],
      surface: "index",
      open: false,
      issuer: undefined,
      signUp: false,
      frontDoor: "rest",
      projects: undefined,
    }),
  );
});

test("every option is taken, and paths are from the working folder", () => {
  const options = read(
    ...["--port", "0", "--host", "::1", "--data=/var/skein", "--surface", "all"],
    ...["--toolkit", "a.ts", "--toolkit", "../b.js", "--url", "https://cell.example.com/"],
    ...["--open", "--issuer", "https://id.example.com/", "--sign-up", "--lambda", "--front-door", "alb"],
  );

  expect(options).toEqual(
    ok({
      port: 0,
      host: "::1",
      dataDir: "/var/skein",
      toolkitFiles: ["/srv/cell/a.ts", "/srv/b.js"],
      surface: "all",
      url: "https://cell.example.com",
      open: true,
      issuer: "https://id.example.com/",
      signUp: true,
      frontDoor: "alb",
      projects: undefined,
    }),
  );
});

test.each(["65536", "-1", "abc", "", "1.5", "1e3", "0x10", " 80", "000080"])("the port %j is refused", (port) => {
  const messages = messagesOf(`--port=${port}`);

  expect(messages).toBe(`--port ${port} is no port; it is a whole number from 0 to 65535`);
});

test.each(["0", "1", "65535"])("the port %s is taken", (port) => {
  const options = read("--port", port);

  expect(options).toMatchObject({ value: { port: Number(port) } });
});

test.each(["127.0.0.1", "127.1.2.3", "localhost", "::1"])("the host %s is a loopback address", (host) => {
  const options = read("--host", host);

  expect(options).toMatchObject({ value: { host } });
});

test.each(["0.0.0.0", "::", "192.168.0.7", "example.com", "127.0.0.1.example.com", ""])(
  "off the machine, on %j, a cell needs to know its name and lets nobody in without a credential",
  (host) => {
    expect(messagesOf("--host", host)).toContain(`--host ${host} needs --url`);
    expect(messagesOf("--host", host, "--url", "https://a.example", "--open")).toContain("--open does not go with");
    expect(messagesOf("--host", host, "--url", "https://a.example")).toBe("");
  },
);

test.each(["cell.example.com", "ftp://a.example", "https://a.example/path", "https://", ""])(
  "the address %j is refused",
  (url) => {
    expect(messagesOf("--url", url)).toContain(`--url ${url} is refused`);
  },
);

test.each(["http://id.example.com", "id.example.com", ""])("the issuer %j is refused", (issuer) => {
  expect(messagesOf("--issuer", issuer)).toContain(`--issuer ${issuer} is refused`);
});

test.each(["http://localhost:8080", "http://127.0.0.1:1/realms/a", "https://id.example.com/"])(
  "the issuer %s is taken as written",
  (issuer) => {
    expect(read("--issuer", issuer)).toMatchObject({ value: { issuer } });
  },
);

test("signing up needs an issuer other than the cell", () => {
  expect(messagesOf("--sign-up")).toContain("--sign-up needs --issuer");
});

test("an unknown surface is refused with those that are known", () => {
  const messages = messagesOf("--surface", "everything");

  expect(messages).toBe("--surface everything is unknown; it is one of index, curated, all");
});

test.each(["ALB", "http", ""])("the front door %j is refused with those that are known", (door) => {
  expect(messagesOf("--lambda", "--front-door", door)).toBe(`--front-door ${door} is unknown; it is one of rest, alb`);
});

test("a cell that is no Lambda function has no other front door", () => {
  expect(messagesOf("--front-door", "rest")).toContain("--front-door goes with --lambda");
});

test("projects run when that is said, and their folders are the first tenant's where no other is named", async () => {
  const folder = await testFolder();
  for (const name of ["code", "acme", "a=b"]) mkdirSync(join(folder, name));
  const given = ["code", `acme=${join(folder, "acme")}`, "./a=b"].flatMap((each) => ["--workspace", each]);

  const options = readOptions(["--projects", ...given], folder);

  expect(options).toMatchObject({
    value: {
      projects: {
        workspaces: [
          { tenantId: "local", folder: join(folder, "code") },
          { tenantId: "acme", folder: join(folder, "acme") },
          { tenantId: "local", folder: join(folder, "a=b") },
        ],
      },
    },
  });
  expect(read("--projects")).toMatchObject({ value: { projects: { workspaces: [] } } });
});

test("a folder for projects that is not there, or is a file, is refused by the name that was given", async () => {
  const folder = await testFolder();
  writeFileSync(join(folder, "file"), "");

  const options = readOptions(["--projects", "--workspace", "none", "--workspace", "acme=file"], folder);

  const messages = [
    "--workspace none names no folder that is there",
    "--workspace acme=file names no folder that is there",
  ];
  expect(options).toEqual(refused({ reason: "option_wrong", messages }));
});

test.each([
  ["--workspace goes with --projects", ["--workspace", "code"]],
  ["--workspace A_B=code names no tenant", ["--projects", "--workspace", "A_B=code"]],
  ["--workspace =code names no tenant", ["--projects", "--workspace", "=code"]],
  ["--workspace acme= names no folder", ["--projects", "--workspace", "acme="]],
  ["--workspace  names no folder", ["--projects", "--workspace", ""]],
  ["--projects does not go with --lambda", ["--projects", "--lambda"]],
  ["--projects needs a --host of this machine's own", ["--projects", "--host", "::", "--url", "https://a.example"]],
])("%s", (message, args) => {
  expect(messagesOf(...args)).toContain(message);
});

test.each(["--data", "--toolkit"])("an empty path for %s is refused", (name) => {
  const messages = messagesOf(name, "");

  expect(messages).toBe(`${name} is empty; it takes a path`);
});

test.each([["--prot"], ["-p"], ["extra"], ["--port"], ["--help=yes"]])("%s is no option", (arg) => {
  const messages = messagesOf(arg);

  expect(messages).toContain(arg.replace(/=.*/, ""));
});

test("all wrong values are told at once", () => {
  const options = read("--port", "x", "--host", "0.0.0.0", "--surface", "y", "--data", "");

  expect(options).toMatchObject({ ok: false, problem: { reason: "option_wrong", messages: { length: 4 } } });
});

test("help is given whatever else is asked for", () => {
  const options = read("--help", "--port", "x");

  expect(options).toEqual(ok("help"));
  for (const name of [
    "--port",
    "--host",
    "--data",
    "--toolkit",
    "--surface",
    "--open",
    "--issuer",
    "--url",
    "--lambda",
    "--front-door",
    "--help",
  ])
    expect(HELP).toContain(name);
});
