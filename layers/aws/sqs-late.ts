/** As the SDK names it, and as the service writes it. */
const INVALID = new Set(["InvalidParameterValue", "InvalidParameterValueException"]);
const LATE = new Set(["MessageNotInflight", "ReceiptHandleIsInvalid"]);

/** The message was given to another meanwhile, or is done. */
export async function unlessLate(sent: Promise<unknown>): Promise<void> {
  try {
    await sent;
  } catch (error) {
    if (!(error instanceof Error && isLate(error))) throw error;
  }
}

/** A receipt that was good once is answered with an error that the service's model lacks (aws/aws-sdk-java issue 1628). */
function isLate({ name, message }: Error): boolean {
  return LATE.has(name) || (INVALID.has(name) && message.includes("parameter ReceiptHandle"));
}
