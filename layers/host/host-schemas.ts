import * as z from "zod";
import {
  COMMAND_CHARACTERS_MAX,
  ENVIRONMENT_NAMES_MAX,
  ENVIRONMENT_VALUE_CHARACTERS_MAX,
  PROJECT_ID_CHARACTERS_MAX,
} from "../core/project/limits.ts";
import { RUN_ENVIRONMENTS } from "../core/project/project.ts";

const PROJECT_ID_PATTERN = new RegExp(`^[A-Za-z0-9][A-Za-z0-9_-]{0,${PROJECT_ID_CHARACTERS_MAX - 1}}$`);

export const isProjectId = (raw: string): boolean => PROJECT_ID_PATTERN.test(raw);

export const projectId = () =>
  z
    .string()
    .regex(PROJECT_ID_PATTERN, `1 to ${PROJECT_ID_CHARACTERS_MAX} letters, digits, "-" and "_"`)
    .describe("Project id, as host.register and host.list give it");

export const commandLine = () =>
  z
    .string()
    .trim()
    .min(1)
    .max(COMMAND_CHARACTERS_MAX)
    .describe("A line for sh, run in the workspace; $PORT is its port");

export const environmentNames = () =>
  z
    .record(
      z
        .string()
        .regex(/^[A-Za-z_][A-Za-z0-9_]*$/)
        .max(128),
      z.string().max(ENVIRONMENT_VALUE_CHARACTERS_MAX),
    )
    .refine((names) => Object.keys(names).length <= ENVIRONMENT_NAMES_MAX, `at most ${ENVIRONMENT_NAMES_MAX} names`);

export const runEnvironment = () =>
  z.enum(RUN_ENVIRONMENTS).optional().describe("Told to the project as NODE_ENV; development if left out");

export const portNumber = () => z.int().min(1).max(65_535);
