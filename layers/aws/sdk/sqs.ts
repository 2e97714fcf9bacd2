/** What is used of the SDK, and no more: imported when a first call is made, and bundled without the rest. */
export {
  ChangeMessageVisibilityCommand,
  DeleteMessageCommand,
  ReceiveMessageCommand,
  SQSClient,
} from "@aws-sdk/client-sqs";
