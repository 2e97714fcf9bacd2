/** How a runtime tells Lambda of an error (Lambda developer guide, "Using the Lambda runtime API"). */

/**
 * @param {string} name its type, as Lambda shows it.
 * @param {string} message
 */
export function namedError(name, message) {
  return Object.assign(new Error(message), { name });
}

/** @param {unknown} error */
export function errorType(error) {
  return error instanceof Error ? error.name : typeof error;
}

/** @param {unknown} error */
export function errorJson(error) {
  return JSON.stringify({
    errorType: errorType(error),
    errorMessage: error instanceof Error ? error.message : String(error),
    trace: error instanceof Error ? (error.stack ?? "").split("\n") : [],
  });
}

/** @param {unknown} error */
export function errorHeaders(error) {
  return {
    "content-type": "application/json",
    "Lambda-Runtime-Function-Error-Type": headerText(errorType(error)),
  };
}

/** @param {string} text without what no header may hold. */
export function headerText(text) {
  return text.replace(/[^ -~]/g, "");
}
