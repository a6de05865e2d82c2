import { HAZARD_CLASSES, TEMPERATURE_CLASSES } from '../catalog/index.ts';
import {
  choiceField,
  choicesField,
  codeField,
  flagField,
  textField,
  withDefault,
} from '../platform/documents/index.ts';

export const zoneFields = {
  site: codeField(40, 'FC-BER'),
  code: codeField(40, 'COLD'),
  name: textField(200, 'Cold room'),
  temperatureClass: withDefault(choiceField(TEMPERATURE_CLASSES), 'ambient'),
  hazardClasses: choicesField(HAZARD_CLASSES, '3|8'),
  secure: flagField(false),
  active: flagField(true),
};
