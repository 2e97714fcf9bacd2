/** What a project is run with. Decides from which range its port comes. */
export const TECHS = ["node", "static", "python", "php"] as const;
export type Tech = (typeof TECHS)[number];

/** The words for techs that people write and detection finds, in lower case, by what runs them. */
const WORDS: Readonly<Record<Tech, readonly string[]>> = {
  node: [
    ...["nodejs", "node.js", "javascript", "typescript", "vite", "react", "next", "nextjs", "vue", "nuxt", "svelte"],
    ...["angular", "astro", "remix", "express", "fastify", "koa", "hono", "nestjs", "electron", "bun", "npm"],
  ],
  static: ["html", "html5", "css", "static-site"],
  python: ["python3", "django", "flask", "fastapi", "uvicorn", "gunicorn", "streamlit", "starlette"],
  php: ["laravel", "symfony", "composer", "wordpress", "slim"],
};

const TECH_OF_WORD: ReadonlyMap<string, Tech> = new Map(
  TECHS.flatMap((tech) => [tech, ...WORDS[tech]].map((word) => [word, tech] as const)),
);

/** What runs a stack that somebody wrote down: the first word that is known decides. */
export function techOf(stack: readonly string[]): Tech | undefined {
  for (const word of stack) {
    const tech = TECH_OF_WORD.get(word.toLowerCase());
    if (tech !== undefined) return tech;
  }
  return undefined;
}
