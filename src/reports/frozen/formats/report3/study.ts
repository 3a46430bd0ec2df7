import { z } from 'zod';
import { StudySettings as SettingsBefore } from '../report1/study.js';

/** The settings of a study, with the most examples that one rater is shown in a day, and with
 * what raters judge beside the sample. */
export const StudySettings = SettingsBefore.extend({
  dailyLimit: z.int().min(1).nullable(),
  blockItems: z.int().min(0).max(60).default(0),
  goldItems: z.int().min(0).max(60).default(0),
  checksOver: z.int().min(1).max(10_000).default(40),
  trainingShare: z.number().min(0).max(1).default(0),
  trainingAttempts: z.int().min(1).max(10).default(2),
  aiRule: z.string().max(500).default(''),
});

/** What reviewers ask. */
export const Line = z.enum([
  'recruitment',
  'eligibility',
  'language',
  'demographics',
  'training',
  'pay',
  'ethics',
  'checks',
  'exclusions',
  'ai',
  'adjudication',
  'deviations',
]);

/** The settings of a study before there was any of these. */
export const liftedSettings = (
  before: z.output<typeof SettingsBefore>,
): z.output<typeof StudySettings> => ({
  ...before,
  dailyLimit: null,
  blockItems: 0,
  goldItems: 0,
  checksOver: 40,
  trainingShare: 0,
  trainingAttempts: 2,
  aiRule: '',
});
