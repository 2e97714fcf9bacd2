import type { HouseRule } from "./template.ts";

const SAYS_WHAT_IS_NOTICED = /^Tenants notice: \S.+ Look at: \S/;

function present(properties: Readonly<Record<string, unknown>>, name: string): readonly string[] {
  return properties[name] === undefined ? [`Properties.${name}`] : [];
}

/** What whoever is woken at night needs, and what fills a bill unseen. */
export const NOTICE_RULES: readonly HouseRule[] = [
  {
    id: "alarm-says-what-tenants-notice",
    promise: "an alarm says what tenants notice and where to look",
    appliesTo: "AWS::CloudWatch::Alarm",
    breaches: ({ AlarmDescription: text }) =>
      typeof text === "string" && SAYS_WHAT_IS_NOTICED.test(text) ? [] : ["Properties.AlarmDescription"],
  },
  {
    id: "alarm-reaches-someone",
    promise: "an alarm has somewhere to go when it rings and when it is over",
    appliesTo: "AWS::CloudWatch::Alarm",
    breaches: (properties) => [...present(properties, "AlarmActions"), ...present(properties, "OKActions")],
  },
  {
    id: "log-ends",
    promise: "a log group says how long it keeps its lines",
    appliesTo: "AWS::Logs::LogGroup",
    breaches: (properties) => present(properties, "RetentionInDays"),
  },
];
