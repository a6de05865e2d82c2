import { z } from 'zod';

const id = z.number().int();

/** Sort keys of a list of series: item, site and owner. */
export const seriesCursor = z.tuple([id, id, id]);
