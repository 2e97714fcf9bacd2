import type { HostedFunction } from "./hosted-function.ts";

interface Surroundings {
  readonly id: string;
  /** `host:port` of the Runtime API. */
  readonly api: string;
  readonly temporaryDir: string;
  readonly provisioned: boolean;
}

/**
 * What Lambda sets for a function, and what its deployment does; nothing of this process's own. Source: Lambda developer
 * guide, "Using Lambda environment variables" (read 2026-11-20). Beside them `TMPDIR`, since the environments of a real
 * Lambda each have a `/tmp` of their own.
 */
export function environmentVariables(of: HostedFunction, surroundings: Surroundings): Record<string, string> {
  const { region, functionName, shape, codeDir, variables } = of;
  return {
    ...variables,
    _HANDLER: "index.handler",
    AWS_REGION: region,
    AWS_DEFAULT_REGION: region,
    AWS_EXECUTION_ENV: "AWS_Lambda_nodejs24.x",
    AWS_LAMBDA_FUNCTION_NAME: functionName,
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(shape.memoryMb),
    AWS_LAMBDA_FUNCTION_VERSION: "1",
    AWS_LAMBDA_INITIALIZATION_TYPE: surroundings.provisioned ? "provisioned-concurrency" : "on-demand",
    AWS_LAMBDA_LOG_GROUP_NAME: `/aws/lambda/${functionName}`,
    AWS_LAMBDA_LOG_STREAM_NAME: surroundings.id,
    AWS_LAMBDA_LOG_FORMAT: "JSON",
    AWS_LAMBDA_RUNTIME_API: surroundings.api,
    AWS_ACCESS_KEY_ID: "local",
    AWS_SECRET_ACCESS_KEY: "local",
    AWS_SESSION_TOKEN: "local",
    LAMBDA_TASK_ROOT: codeDir,
    LANG: "en_US.UTF-8",
    PATH: "/usr/local/bin:/usr/bin:/bin",
    TZ: ":UTC",
    TMPDIR: surroundings.temporaryDir,
  };
}
