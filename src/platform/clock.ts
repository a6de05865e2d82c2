/** Where "now" comes from; passed in so that rules stay pure and tests own the time. */
export type Clock = () => Date;

export const systemClock: Clock = () => new Date();
