export type { Checked, Finding, FindingKind } from './findings.ts';
export { type ProofBeside, verifyRoutes } from './verify.routes.ts';
export {
  type VerifyOptions,
  type VerifyProgress,
  type VerifyReport,
  verifyLedger,
} from './verify.ts';
