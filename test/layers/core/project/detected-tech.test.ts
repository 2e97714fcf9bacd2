import { describe, expect, test } from "vitest";
import { type DetectedTech, detectTech } from "../../../../layers/core/project/detected-tech.ts";

/** A workspace with these files; a folder's name ends in a slash. */
function detected(files: Readonly<Record<string, string>>): DetectedTech {
  return detectTech({ names: Object.keys(files), texts: new Map(Object.entries(files)) });
}

const manifest = (fields: object): string => JSON.stringify(fields);

describe("Node", () => {
  test("is started by its script for development, before the others", () => {
    const found = detected({ "package.json": manifest({ scripts: { start: "node .", dev: "vite" } }) });

    expect(found).toEqual({
      tech: "node",
      stack: ["nodejs"],
      start: { command: "npm run dev", from: "package.json scripts.dev" },
    });
  });

  test.each([
    [{ start: "node ." }, "npm run start"],
    [{ serve: "serve" }, "npm run serve"],
    [{ test: "vitest" }, undefined],
  ])("with the scripts %j is started by %s", (scripts, command) => {
    expect(detected({ "package.json": manifest({ scripts }) }).start?.command).toBe(command);
  });

  test.each([
    ["pnpm-lock.yaml", "pnpm run dev"],
    ["yarn.lock", "yarn run dev"],
    ["bun.lockb", "bun run dev"],
    ["package-lock.json", "npm run dev"],
  ])("with %s is started by %s", (lock, command) => {
    const found = detected({ "package.json": manifest({ scripts: { dev: "x" } }), [lock]: "" });

    expect(found.start?.command).toBe(command);
  });

  test("tells what it is made with, from packages of both kinds", () => {
    const found = detected({
      "package.json": manifest({ dependencies: { react: "19" }, devDependencies: { vite: "8", typescript: "7" } }),
    });

    expect(found.stack).toEqual(["nodejs", "vite", "react", "typescript"]);
  });

  test.each([
    [{ main: "lib/main.js" }, { "lib/": "" }, "node lib/main.js"],
    [{ main: "./start here.js" }, { "start here.js": "" }, "node './start here.js'"],
    [{ main: "gone.js" }, {}, undefined],
    [{}, { "server.mjs": "" }, "node server.mjs"],
  ])("without a script runs its program: %j", (fields, files, command) => {
    expect(detected({ "package.json": manifest(fields), ...files }).start?.command).toBe(command);
  });

  test("a name that a shell would read otherwise stays one word", () => {
    const found = detected({ "package.json": manifest({ main: "a';rm -rf ~;'.js" }), "a';rm -rf ~;'.js": "" });

    expect(found.start?.command).toBe(`node './a'\\'';rm -rf ~;'\\''.js'`);
  });

  test.each(["{", "[]", '{"scripts": 3, "dependencies": []}'])(
    "a manifest of %s says no more than its name",
    (text) => {
      expect(detected({ "package.json": text })).toEqual({ tech: "node", stack: ["nodejs"], start: undefined });
    },
  );
});

describe("Python", () => {
  test.each([
    [{ "manage.py": "", "requirements.txt": "Django>=5" }, "python3 manage.py runserver 127.0.0.1:$PORT", "django"],
    [
      { "main.py": "", "requirements.txt": "fastapi[standard]==0.1" },
      "python3 -m uvicorn main:app --host 127.0.0.1 --port $PORT",
      "fastapi",
    ],
    [
      { "app.py": "", "pyproject.toml": 'dependencies = ["flask"]' },
      "python3 -m flask --app app run --host 127.0.0.1 --port $PORT",
      "flask",
    ],
    [{ "server.py": "" }, "python3 server.py", undefined],
  ])("%j is started by %s", (files, command, framework) => {
    const found = detected(files);

    expect(found.tech).toBe("python");
    expect(found.stack).toEqual(["python", ...(framework === undefined ? [] : [framework])]);
    expect(found.start?.command).toBe(command);
  });

  test("a package whose name only holds a framework's is none", () => {
    expect(detected({ "main.py": "", "requirements.txt": "flask-cors-less\nmyfastapi" }).stack).toEqual(["python"]);
  });
});

describe("PHP", () => {
  test.each([
    [{ "index.php": "" }, "php -S 127.0.0.1:$PORT"],
    [{ "composer.json": "{}", "public/": "" }, "php -S 127.0.0.1:$PORT -t public"],
    [
      { artisan: "", "composer.json": '{"require":{"laravel/framework":"12"}}' },
      "php artisan serve --host=127.0.0.1 --port=$PORT",
    ],
  ])("%j is started by %s", (files, command) => {
    expect(detected(files)).toMatchObject({ tech: "php", start: { command } });
  });
});

describe("a page", () => {
  test("alone is handed out as it is", () => {
    expect(detected({ "index.html": "", "app.js": "" })).toEqual({
      tech: "static",
      stack: ["static"],
      start: { command: "python3 -m http.server $PORT --bind 127.0.0.1", from: "index.html" },
    });
  });

  test("beside a manifest of packages is a part of what that starts", () => {
    expect(detected({ "index.html": "", "package.json": manifest({ scripts: { dev: "vite" } }) }).tech).toBe("node");
  });
});

test("a Procfile says how, and the other files with what", () => {
  const found = detected({ Procfile: "worker: a\nweb: ./run --port $PORT \n", "requirements.txt": "", "main.py": "" });

  expect(found).toMatchObject({ tech: "python", start: { command: "./run --port $PORT", from: "Procfile web" } });
});

test("a Procfile without a web line says nothing", () => {
  expect(detected({ Procfile: "web:\nworker: a" }).start).toBeUndefined();
});

test("a workspace that nothing tells of has no tech and no command", () => {
  expect(detected({ "README.md": "" })).toEqual({ tech: undefined, stack: [], start: undefined });
});
