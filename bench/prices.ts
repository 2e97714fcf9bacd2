/**
 * List prices of us-east-1, US dollars for a million, from the offer files of the AWS Price List (offers of about
 * 2026-08-31, read 2026-09-06); API Gateway from its price page (read 2026-09-06).
 */
export const PRICE_PER_MILLION = {
  /** DynamoDB on demand: a strongly consistent read of up to 4 KB. */
  readUnit: 0.125,
  /** DynamoDB on demand: a write of up to 1 KB, in each region of a global table. */
  writeUnit: 0.625,
  /** S3 Standard: PUT, POST and LIST. */
  blobWrite: 5,
  /** S3 Standard: GET and HEAD. A DELETE is free. */
  blobRead: 0.4,
  /** SQS: a request of up to 64 KB, at 0.40 on a standard queue, and 0.10 for its messages' groups ("fair queues"). */
  queueRequest: 0.5,
  restRequest: 3.5,
  lambdaRequest: 0.2,
} as const;
