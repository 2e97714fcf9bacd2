/** How a command ended, as shells count it. */
export const EXIT_WELL = 0;
export const EXIT_WRONG_COMMAND = 2;

/** What a command has of the process that runs it. */
export interface CommandPorts {
  readonly workingDir: string;
  readonly print: (text: string) => void;
  readonly printError: (text: string) => void;
}

/** Says what was wrong with a command. @returns its exit code. */
export function wrongCommand({ printError }: Pick<CommandPorts, "printError">, message: string): number {
  printError(message);
  return EXIT_WRONG_COMMAND;
}
