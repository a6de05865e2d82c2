import {
  choiceField,
  choicesField,
  codeField,
  flagField,
  textField,
  withDefault,
} from '../platform/documents/index.ts';

/** Classes and divisions of dangerous goods that a zone can be fit for (UN Model Regulations). */
const HAZARD_CLASSES = [
  ...(['1', '1.1', '1.2', '1.3', '1.4', '1.5', '1.6', '2.1', '2.2', '2.3', '3'] as const),
  ...(['4.1', '4.2', '4.3', '5.1', '5.2', '6.1', '6.2', '7', '8', '9'] as const),
] as const;

export const zoneFields = {
  site: codeField(40, 'FC-BER'),
  code: codeField(40, 'COLD'),
  name: textField(200, 'Cold room'),
  temperatureClass: withDefault(choiceField(['ambient', 'chilled', 'frozen']), 'ambient'),
  hazardClasses: choicesField(HAZARD_CLASSES, '3|8'),
  secure: flagField(false),
  active: flagField(true),
};
