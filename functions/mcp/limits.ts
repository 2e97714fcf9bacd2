/** Choices of toolkits that a process keeps ready: with ten toolkits tenants could make a thousand. */
export const OFFERS_MAX = 64;
