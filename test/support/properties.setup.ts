import fc from 'fast-check';

/**
 * Property tests take the same cases every time, so that a change is judged by itself;
 * `npm run soak:properties` takes others.
 */
const seed = Number(process.env.PROPERTY_SEED ?? 20_261_123);
fc.configureGlobal({ ...fc.readConfigureGlobal(), seed });
