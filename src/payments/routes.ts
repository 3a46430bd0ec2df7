import { registerStudyCheck } from '#platforms/check.js';
import { registerEarned } from '#raters/earned.js';
import type { Route } from '#web/route.js';
import { checkPay } from './check.js';
import { earnedOf } from './earned.js';
import {
  createCorrection,
  createFile,
  createPaymentThere,
  createPosting,
  createRule,
  downloadFile,
  showPay,
} from './payPage.js';

registerStudyCheck(checkPay);
registerEarned(earnedOf);

const pay = '/studies/:study/pay';

/** What people are paid. */
export const routes: readonly Route[] = [
  { method: 'get', path: pay, access: 'researcher', handler: showPay },
  { method: 'post', path: `${pay}/rule`, access: 'admin', handler: createRule },
  { method: 'post', path: `${pay}/post`, access: 'admin', handler: createPosting },
  { method: 'post', path: `${pay}/corrections`, access: 'admin', handler: createCorrection },
  { method: 'post', path: `${pay}/files`, access: 'admin', handler: createFile },
  { method: 'post', path: `${pay}/there`, access: 'admin', handler: createPaymentThere },
  { method: 'get', path: `${pay}/files/:file`, access: 'admin', handler: downloadFile },
];
