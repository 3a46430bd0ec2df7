/**
 * What an admin may do to a rater: how it is called, what it does, and whether it needs a reason.
 */
export const raterVerbs = {
  block: {
    title: 'Block',
    sentence:
      'No more examples for this rater; what they hold is free for others at once. What they judged stays as it is and counts. They are told politely that their part has ended.',
    needsReason: true,
  },
  unblock: {
    title: 'Let them work again',
    sentence: 'The rater gets examples again.',
    needsReason: false,
  },
  exclude: {
    title: 'Exclude their judgments',
    sentence:
      'Their judgments stay and count nowhere; the places are free for others. The rater gets no more examples, and is told politely that their part has ended. Can be undone.',
    needsReason: true,
  },
  restore: {
    title: 'Restore their judgments',
    sentence:
      'Judgments that lost a place by the exclusion count again where one is still free; the others stay as surplus. The rater gets examples again unless they are blocked.',
    needsReason: false,
  },
  withdraw: {
    title: 'Withdraw and erase',
    sentence:
      'For a person who wants their answers removed: the answers are erased for good, the rows say when and why. Cannot be undone.',
    needsReason: true,
  },
} as const;
/** A new personal link is made in its own way, but stands among the others on the page. */
export const newLink = {
  title: 'New personal link',
  sentence:
    'For somebody who has lost theirs; the old one no longer works, and pages that were opened with it are signed out.',
  needsReason: false,
} as const;

export type RaterVerb = keyof typeof raterVerbs;

/** What can be done to a rater now, in the order of the page. */
export const possibleVerbs = (rater: {
  readonly blocked: boolean;
  readonly excluded: boolean;
}): (RaterVerb | 'link')[] => [
  rater.blocked ? 'unblock' : 'block',
  rater.excluded ? 'restore' : 'exclude',
  'link',
  'withdraw',
];
