import type { MixedStudy } from './simulation.js';

/** The simulated studies whose reference values stand in reference.json; the name is the seed. */
export const cases: Readonly<
  Record<string, { readonly study: MixedStudy; readonly leanings: boolean }>
> = {
  'binary balanced': {
    leanings: false,
    study: {
      itemsPerArm: [60, 60],
      overlap: [5, 5],
      raters: 10,
      item: 1,
      rater: 0.7,
      leaning: 0,
      effect: 0.6,
      thresholds: [-0.8],
    },
  },
  'binary with leanings': {
    leanings: true,
    study: {
      itemsPerArm: [80, 80],
      overlap: [4, 4],
      raters: 12,
      item: 1,
      rater: 0.6,
      leaning: 0.7,
      effect: -0.4,
      thresholds: [-1],
    },
  },
  'binary unbalanced, raters uneven': {
    leanings: false,
    study: {
      itemsPerArm: [40, 120],
      overlap: [2, 7],
      raters: 15,
      item: 0.8,
      rater: 0.9,
      leaning: 0,
      effect: 0.5,
      thresholds: [-0.5],
      unevenness: 3,
    },
  },
  'binary near 97 %': {
    leanings: false,
    study: {
      itemsPerArm: [150, 150],
      overlap: [8, 8],
      raters: 12,
      item: 0.8,
      rater: 0.5,
      leaning: 0,
      effect: 0.5,
      thresholds: [-3.9],
    },
  },
  'binary without rater variance': {
    leanings: true,
    study: {
      itemsPerArm: [70, 70],
      overlap: [4, 4],
      raters: 20,
      item: 1.2,
      rater: 0,
      leaning: 0,
      effect: 0.4,
      thresholds: [0.3],
    },
  },
  'three levels, sparse raters': {
    leanings: false,
    study: {
      itemsPerArm: [60, 60],
      overlap: [3, 3],
      raters: 60,
      item: 1,
      rater: 0.8,
      leaning: 0,
      effect: 0.7,
      thresholds: [-1, 0.8],
    },
  },
  'five levels balanced': {
    leanings: false,
    study: {
      itemsPerArm: [100, 100],
      overlap: [3, 3],
      raters: 10,
      item: 1.4,
      rater: 1,
      leaning: 0,
      effect: 0.3,
      thresholds: [-5, -3.5, -1.8, 0.2],
    },
  },
  'five levels with leanings': {
    leanings: true,
    study: {
      itemsPerArm: [100, 100],
      overlap: [3, 3],
      raters: 10,
      item: 1.4,
      rater: 1,
      leaning: 1,
      effect: 0.3,
      thresholds: [-5, -3.5, -1.8, 0.2],
    },
  },
  'five levels without item variance': {
    leanings: false,
    study: {
      itemsPerArm: [50, 80],
      overlap: [3, 3],
      raters: 8,
      item: 0,
      rater: 0.7,
      leaning: 0,
      effect: -0.5,
      thresholds: [-2, -1, 0, 1.5],
    },
  },
  'seven levels, unbalanced': {
    leanings: true,
    study: {
      itemsPerArm: [30, 90],
      overlap: [2, 6],
      raters: 9,
      item: 0.9,
      rater: 0.8,
      leaning: 0.5,
      effect: 0.8,
      thresholds: [-3, -2, -1, 0, 1, 2],
      unevenness: 2,
    },
  },
};

/**
 * Studies of items alone (every vote by one rater), whose reference is adaptive Gauss-Hermite
 * quadrature.
 */
export const itemCases: Readonly<Record<string, MixedStudy>> = {
  'items alone, binary near 95 %': {
    itemsPerArm: [100, 100],
    overlap: [3, 3],
    raters: 10,
    item: 1.5,
    rater: 0,
    leaning: 0,
    effect: 0.3,
    thresholds: [-3.9],
  },
  'items alone, many votes': {
    itemsPerArm: [25, 35],
    overlap: [10, 25],
    raters: 25,
    item: 1.8,
    rater: 0,
    leaning: 0,
    effect: -0.6,
    thresholds: [0.4],
  },
  'items alone, five levels': {
    itemsPerArm: [60, 60],
    overlap: [2, 4],
    raters: 10,
    item: 1.4,
    rater: 0,
    leaning: 0,
    effect: 0.4,
    thresholds: [-5, -3.5, -1.8, 0.2],
  },
};
