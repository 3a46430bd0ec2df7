import { z } from 'zod';
import { StudySettings as SettingsBefore } from '../report1/study.js';

/** The settings of a study, with the most examples that one rater is shown in a day. */
export const StudySettings = SettingsBefore.extend({
  dailyLimit: z.int().min(1).nullable(),
});

/** The settings of a study before there was such a limit. */
export const liftedSettings = (
  before: z.output<typeof SettingsBefore>,
): z.output<typeof StudySettings> => ({ ...before, dailyLimit: null });
