export { type Bins, chooseBin, largestShelfMm3, storageKindOf } from './bins.ts';
export { greatest, least, roundUp, type StockedItem, volumeOf } from './item.ts';
export {
  available,
  canReserve,
  firstExpiredFirst,
  livesLongEnough,
  pickable,
  planShelf,
  reserve,
  type Shelf,
  UNITS_A_LINE,
} from './shelf.ts';
export {
  areThere,
  createWorld,
  DISPOSITIONS,
  type Disposition,
  type Goods,
  type Lot,
  move,
  type Place,
  type Position,
  positionAt,
  type Spot,
  shelfOf,
  type Transfer,
  transitTo,
  type Units,
  unitsOf,
  type World,
} from './world.ts';
