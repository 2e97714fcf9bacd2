import type { WorkspaceLook } from "../ports/workspace.ts";
import type { DetectedTech } from "./detected-tech.ts";

const MANIFESTS = ["requirements.txt", "pyproject.toml", "Pipfile", "setup.py", "manage.py"];
const PROGRAMS = ["main.py", "app.py", "server.py", "run.py", "wsgi.py"];
/** In the order in which they say how a project is served. */
const FRAMEWORKS = ["django", "fastapi", "flask", "streamlit"] as const;
type Framework = (typeof FRAMEWORKS)[number];

export function detectedPython(
  { texts }: Pick<WorkspaceLook, "texts">,
  names: ReadonlySet<string>,
): DetectedTech | undefined {
  const program = PROGRAMS.find((name) => names.has(name));
  if (program === undefined && !MANIFESTS.some((name) => names.has(name))) return undefined;
  const required = `${texts.get("requirements.txt") ?? ""}\n${texts.get("pyproject.toml") ?? ""}`;
  const frameworks = FRAMEWORKS.filter((name) => requires(required, name));
  return { tech: "python", stack: ["python", ...frameworks], start: startOf(frameworks[0], program, names) };
}

/** Whether the name stands there as a package's: alone, in any case, with whatever follows it. */
function requires(text: string, name: Framework): boolean {
  return new RegExp(`(?:^|["'\\s])${name}(?:$|["'\\s\\[<>=~!;@,])`, "im").test(text);
}

function startOf(
  framework: Framework | undefined,
  program: string | undefined,
  names: ReadonlySet<string>,
): DetectedTech["start"] {
  if (names.has("manage.py")) return { command: "python3 manage.py runserver 127.0.0.1:$PORT", from: "manage.py" };
  if (program === undefined) return undefined;
  const module = program.slice(0, -".py".length);
  switch (framework) {
    case "fastapi":
      return { command: `python3 -m uvicorn ${module}:app --host 127.0.0.1 --port $PORT`, from: program };
    case "flask":
      return { command: `python3 -m flask --app ${module} run --host 127.0.0.1 --port $PORT`, from: program };
    case "streamlit":
      return {
        command: `python3 -m streamlit run ${program} --server.port $PORT --server.address 127.0.0.1`,
        from: program,
      };
    default:
      return { command: `python3 ${program}`, from: program };
  }
}
