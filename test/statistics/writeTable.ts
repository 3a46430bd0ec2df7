/**
 * Rewrites the table of docs/researchers/statistics.md from the differences that the tests found:
 *   rm -f d.jsonl; ASSAY_FIXTURE_SUMMARY=d.jsonl npx vitest run --project sqlite .build/test/statistics
 *   node .build/test/statistics/writeTable.js d.jsonl docs/researchers/statistics.md
 */
import { readFileSync, writeFileSync } from 'node:fs';

interface Line {
  readonly statistic: string;
  readonly source: string;
  readonly interval: string;
  readonly reference: string;
  /**
   * Families of compared values that belong to it; null where no reference gives values and
   * simulation or hand computation stands in.
   */
  readonly families: RegExp | null;
}

const sections: readonly (readonly [title: string, lines: readonly Line[]])[] = [
  [
    'Agreement',
    [
      {
        statistic: 'Percent agreement (mean over items; pooled over pairs; unanimous)',
        source: 'Gwet 2014, ch. 2',
        interval:
          "over items and raters, Wilson with t; over items: Gwet's linearised error, t(n - 1), bootstrap",
        reference: 'irrCAC 1.4',
        families: /percent_agreement|pooled_agreement|^unanimous/,
      },
      {
        statistic: "Fleiss' kappa, by category, z test",
        source: 'Fleiss 1971; Fleiss, Nee, Landis 1979; Gwet 2014',
        interval:
          "over items and raters, Wilson with t; over items: Gwet's linearised error, t(n - 1), bootstrap",
        reference: 'irrCAC 1.4, irr 0.84',
        families: /fleiss|per_category|^z$/,
      },
      {
        statistic: "Krippendorff's alpha nominal, ordinal, interval, ratio",
        source: 'Krippendorff 2011',
        interval:
          'over items and raters, Wilson with t; bootstrap over items, raters, both (percentile, BCa); analytic for nominal and interval; jackknife',
        reference: 'fast-krippendorff, irrCAC 1.4',
        families: /^(alpha_|krippendorff|jackknife|.*krippendorff)/,
      },
      {
        statistic: "Gwet's AC1, AC2",
        source: 'Gwet 2008, 2014',
        interval:
          "over items and raters, Wilson with t; over items: Gwet's linearised error, t(n - 1), bootstrap",
        reference: 'irrCAC 1.4',
        families: /gwet_ac|gwet$|^declared_gwet/,
      },
      {
        statistic: 'Brennan-Prediger',
        source: 'Brennan and Prediger 1981; Gwet 2014',
        interval:
          "over items and raters, Wilson with t; over items: Gwet's linearised error, t(n - 1), bootstrap",
        reference: 'irrCAC 1.4',
        families: /brennan_prediger/,
      },
      {
        statistic: "Conger's kappa",
        source: 'Conger 1980; Gwet 2014',
        interval:
          "over items and raters, Wilson with t; over items: Gwet's linearised error, t(n - 1), bootstrap",
        reference: 'irrCAC 1.4',
        families: /conger/,
      },
      {
        statistic: "Cohen's kappa plain, linear, quadratic, own weights; z test",
        source: 'Cohen 1960, 1968; Fleiss, Cohen, Everitt 1969',
        interval: 'large sample, t(n - 1)',
        reference: 'irrCAC 1.4, vcd 1.4, scikit-learn 1.2, irr 0.84',
        families: /kappa_12|kappa_quadratic_12|pair_(cohen|kappa|weighted|z)/,
      },
      {
        statistic: "Scott's pi",
        source: 'Scott 1955',
        interval: 'large sample, t(n - 1)',
        reference: 'irrCAC 1.4, nltk 3.8',
        families: /scott/,
      },
      {
        statistic: 'Intraclass correlations 1,1 to 3,k',
        source: 'Shrout and Fleiss 1979; McGraw and Wong 1996',
        interval: 'F; 2,k in both versions',
        reference: 'psych 2.2.9, irr 0.84',
        families: /^ICC/,
      },
      {
        statistic: 'One-way intraclass correlation, unequal numbers of ratings',
        source: 'one-way analysis of variance with k0',
        interval: 'F where all items have equally many ratings',
        reference: 'analysis of variance',
        families: /^one-way_/,
      },
      {
        statistic: "Kendall's W",
        source: 'Kendall and Babington Smith 1939, ties corrected',
        interval: 'none given; chi-square test',
        reference: 'irr 0.84',
        families: /^kendall_W/,
      },
    ],
  ],
  [
    'Shares and differences',
    [
      {
        statistic: 'Share (Wilson, with correction, Clopper-Pearson, Agresti-Coull, Jeffreys)',
        source: 'Wilson 1927; Newcombe 1998a; Clopper and Pearson 1934; Agresti and Coull 1998',
        interval: 'itself',
        reference: 'R 4.2, statsmodels 0.13',
        families: /^(wilson|clopper|agresti_coull|jeffreys)/,
      },
      {
        statistic: 'Difference of two shares (Newcombe 10, Agresti-Caffo, Wald)',
        source: 'Newcombe 1998b; Agresti and Caffo 2000',
        interval: 'itself',
        reference: 'Epi, statsmodels 0.13',
        families: /^(method10|newcombe|agresti_caffo|wald)/,
      },
      {
        statistic: 'Difference of two shares, score interval',
        source: 'Miettinen and Nurminen 1985',
        interval: 'itself',
        reference: 'PropCIs 0.3 (five digits)',
        families: /^mee_score/,
      },
      {
        statistic: 'Mean of item means and difference, items and raters crossed',
        source: 'Cameron, Gelbach, Miller 2011',
        interval:
          'two-way: Wilson at the effective number of votes, t by Satterthwaite; differences by the score interval (after Miettinen and Nurminen 1985)',
        reference: 'simulation (bench/coverage.ts)',
        families: null,
      },
      {
        statistic: 'The same, conservative',
        source: 'Owen 2007',
        interval: 'pigeonhole bootstrap, t(raters - 1)',
        reference: 'simulation (test/statistics/suites.test.ts)',
        families: null,
      },
      {
        statistic: 'Logistic mixed model, items and raters crossed',
        source: 'Tierney and Kadane 1986 (Laplace)',
        interval: 'profile likelihood, t(raters - 1); delta method for the difference of shares',
        reference: 'lme4 1.1-31 (six digits)',
        families: /^mixed_logistic/,
      },
      {
        statistic: 'Cumulative-link mixed model, items and raters crossed',
        source: 'Christensen 2019',
        interval: 'profile likelihood, t(raters - 1); delta method for the superiority',
        reference: 'ordinal 2022.11-16 (four to six digits)',
        families: /^mixed_cumulative/,
      },
      {
        statistic: 'z test, odds ratio, risk ratio, Cohen h of two shares',
        source: 'Agresti 2002; Cohen 1988',
        interval: 'large sample on the log scale',
        reference: 'statsmodels 0.13, scipy 1.10',
        families: /^(z_|odds_ratio$|risk_ratio|cohen_h)/,
      },
      {
        statistic: 'Fisher exact 2 × 2 and r × c',
        source: 'Fisher 1935',
        interval: 'none',
        reference: 'R 4.2',
        families: /^fisher_(p|greater|table)/,
      },
      {
        statistic: 'Conditional odds ratio',
        source: 'Fisher 1935; Cornfield 1956',
        interval: 'exact conditional',
        reference: 'R 4.2 (its root finder stops at four digits)',
        families: /^odds_ratio_conditional/,
      },
      {
        statistic: "Chi-square, G, Yates, Cramér's V (and without bias)",
        source: 'Pearson 1900; Bergsma 2013',
        interval: 'none',
        reference: 'scipy 1.10, R 4.2',
        families: /^(chi_square|g_|yates|cramers|smallest)/,
      },
      {
        statistic: 'McNemar, sign test',
        source: 'McNemar 1947',
        interval: 'none',
        reference: 'R 4.2, statsmodels 0.13',
        families: /^(mcnemar|sign_test)/,
      },
    ],
  ],
  [
    'Two samples',
    [
      {
        statistic: 'Difference of means: Welch, Student, paired',
        source: 'Welch 1947',
        interval: 't',
        reference: 'scipy 1.10, R 4.2',
        families: /^(welch|student|paired_t|difference)/,
      },
      {
        statistic: 'Equivalence and non-inferiority (TOST) of means and shares',
        source: 'Schuirmann 1987; Lakens 2017',
        interval: '90 % interval',
        reference: 'TOSTER, scipy 1.10',
        families: /^tost/,
      },
      {
        statistic: 'Stochastic superiority, Brunner-Munzel, also permuted',
        source: 'Brunner and Munzel 2000; Neubert and Brunner 2007',
        interval: 't, Satterthwaite degrees of freedom',
        reference: 'lawstat 3.6, scipy 1.10, brunnermunzel 2.0',
        families: /^brunner/,
      },
      {
        statistic: "Cliff's delta, Vargha-Delaney A",
        source: 'Cliff 1996; Feng and Cliff 2004; Vargha and Delaney 2000',
        interval: "Cliff's asymmetric",
        reference: 'effsize 0.8',
        families: /^(cliff|vargha)/,
      },
      {
        statistic: 'Mann-Whitney: normal, exact, exact with ties',
        source: 'Mann and Whitney 1947',
        interval: 'none',
        reference: 'scipy 1.10, exactRankTests 0.8',
        families: /^mann_whitney/,
      },
      {
        statistic: 'Hodges-Lehmann shift',
        source: 'Hodges and Lehmann 1963',
        interval: 'exact without ties',
        reference: 'R 4.2',
        families: /^hodges/,
      },
      {
        statistic: 'Wilcoxon signed ranks',
        source: 'Wilcoxon 1945',
        interval: 'none',
        reference: 'scipy 1.10',
        families: /^wilcoxon/,
      },
      {
        statistic: "Cohen's d, Hedges' g (exact and approximate)",
        source: 'Hedges and Olkin 1985',
        interval: 'large sample, t',
        reference: 'effsize 0.8',
        families: /^(cohen_d|hedges)/,
      },
      {
        statistic: 'Kolmogorov-Smirnov',
        source: 'Marsaglia, Tsang, Wang 2003',
        interval: 'none',
        reference: 'scipy 1.10 (six digits beyond 140 values)',
        families: /^kolmogorov/,
      },
      {
        statistic: 'Permutation of items, counted or drawn',
        source: 'Phipson and Smyth 2010',
        interval: 'none',
        reference: 'enumeration, scipy 1.10',
        families: /^permutation/,
      },
      {
        statistic: "Pearson, Spearman, Kendall's tau-b",
        source: 'Fisher 1921; Bonett and Wright 2000',
        interval: 'Fisher z; bootstrap',
        reference: 'scipy 1.10',
        families: /^(pearson|spearman|kendall_tau|pair_(pearson|spearman|kendall))/,
      },
      {
        statistic: 'Bonferroni, Holm, Hochberg, Benjamini-Hochberg, Benjamini-Yekutieli',
        source:
          'Holm 1979; Hochberg 1988; Benjamini and Hochberg 1995; Benjamini and Yekutieli 2001',
        interval: 'none',
        reference: 'R 4.2, statsmodels 0.13',
        families: /^adjusted/,
      },
      {
        statistic: 'Jensen-Shannon, total variation, Hellinger, Kullback-Leibler',
        source: 'Lin 1991',
        interval: 'none',
        reference: 'scipy 1.10',
        families: /^(jensen|total_variation|hellinger|kullback)/,
      },
    ],
  ],
  [
    'Suites and confidence',
    [
      {
        statistic: 'Beta-binomial shrinkage of many sets, number below a threshold',
        source: 'Efron and Morris 1975; Christiansen and Morris 1997',
        interval: 'equal-tailed posterior, centre and shrinkage integrated out',
        reference: 'simulation',
        families: null,
      },
      {
        statistic:
          'Mean difference over pairs that share raters, spread between pairs, further pair',
        source:
          'Hedges and Olkin 1985; Hartung and Knapp 2001; Knapp and Hartung 2003; Higgins, Thompson and Spiegelhalter 2009',
        interval: 't(the smaller of pairs and effective raters - 1)',
        reference: 'simulation (bench/pooled.ts)',
        families: null,
      },
      {
        statistic: 'Brier score and its parts',
        source: 'Brier 1950; Murphy 1973',
        interval: 't over items',
        reference: 'identity of the parts',
        families: null,
      },
      {
        statistic: 'Expected calibration error, beside what chance gives',
        source: 'Naeini et al. 2015; Bröcker and Smith 2007',
        interval: 'bootstrap over items',
        reference: 'simulation',
        families: null,
      },
      {
        statistic: 'Area under the ROC curve',
        source: 'DeLong, DeLong, Clarke-Pearson 1988',
        interval: 'DeLong; bootstrap',
        reference: 'by hand',
        families: null,
      },
      {
        statistic: 'Prediction-powered share',
        source: 'Angelopoulos, Duchi, Zrnic 2023',
        interval: 'cross-fitted weight, Wilson with effective items, t(n - 1)',
        reference: 'simulation of coverage',
        families: null,
      },
      {
        statistic: 'Weighted area under the ROC curve, ROC curve',
        source: 'Horvitz and Thompson 1952; Rao, Wu, Yue 1992; DeLong, DeLong, Clarke-Pearson 1988',
        interval: 'logit scale, bootstrap within strata, t; Wilson with effective items',
        reference: 'all pairs one by one; simulation (bench/weightedRoc.ts)',
        families: null,
      },
      {
        statistic: 'Weighted reliability, calibration error, Brier score, filter curve',
        source: 'Korn and Graubard 1998; Rao, Wu, Yue 1992',
        interval: 'Wilson with effective items; percentiles; t',
        reference: 'by hand; equal weights; simulation (bench/weightedFigures.ts)',
        families: null,
      },
      {
        statistic: 'Prediction-powered share over strata',
        source: 'Fisch et al. 2024',
        interval: 'weight tuned in every replicate, Wilson with effective items',
        reference: 'enumeration of all samples; simulation (bench/weightedFigures.ts)',
        families: null,
      },
    ],
  ],
  [
    'Before the study',
    [
      {
        statistic: 'Items for a margin or a difference of two shares',
        source: 'normal approximation',
        interval: 'none',
        reference: 'simulation',
        families: null,
      },
      {
        statistic: 'Expected half-widths, power and chances of verdicts, by simulation',
        source: 'crossed effects behind answers; Olsson 1979; Card et al. 2020',
        interval: 'Monte Carlo error',
        reference: 'closed forms for independent items',
        families: null,
      },
      {
        statistic: 'Variance components of votes, items and raters crossed',
        source: 'Gao and Owen 2017',
        interval: 'none given',
        reference: 'two-way analysis of variance; simulation',
        families: null,
      },
    ],
  ],
  [
    'Functions underneath',
    [
      {
        statistic: 'Normal, t, chi-square, F, beta, gamma',
        source: '@stdlib; continued fraction of the upper gamma function',
        interval: '',
        reference: 'scipy 1.10 (its t quantiles err by 5e-9)',
        families: /^(norm_|t_|chi2|f_|beta|gamma|digamma)/,
      },
    ],
  ],
];

const [from = '', to = ''] = process.argv.slice(2);
const found = new Map<string, { difference: number; compared: number }>();
for (const line of readFileSync(from, 'utf8').split('\n').filter(Boolean)) {
  const { family, difference, compared } = JSON.parse(line) as {
    family: string;
    difference: number;
    compared: number;
  };
  const before = found.get(family);
  found.set(family, {
    difference: Math.max(before?.difference ?? 0, difference),
    compared: Math.max(before?.compared ?? 0, compared),
  });
}

function cells({ families }: Line): string {
  if (families === null) return 'no reference values | –';
  let [largest, compared, printed] = [0, 0, 0];
  for (const [family, result] of found) {
    const [kind = '', name = ''] = family.split(' ');
    if (!families.test(name)) continue;
    if (kind === 'exact' || /^(mee_score|odds_ratio_conditional|mixed_)/.test(name)) {
      largest = Math.max(largest, result.difference);
      compared += result.compared;
    } else printed += result.compared;
  }
  return `${compared}${printed > 0 ? ` (and ${printed} as printed)` : ''} | ${largest === 0 ? '0' : largest.toExponential(0).replace('e', 'e')}`;
}

const text = sections
  .map(([title, lines]) =>
    [
      `### ${title}`,
      '',
      '| statistic | formula from | interval | reference implementation | values compared | largest difference |',
      '|---|---|---|---|---|---|',
      ...lines.map(
        (line) =>
          `| ${line.statistic} | ${line.source} | ${line.interval} | ${line.reference} | ${cells(line)} |`,
      ),
      '',
    ].join('\n'),
  )
  .join('\n');
const page = readFileSync(to, 'utf8');
const [start, end] = [
  '<!-- table: written by test/statistics/writeTable.ts -->',
  '<!-- end of table -->',
];
const [before = '', rest = ''] = page.split(start);
writeFileSync(to, `${before}${start}\n\n${text}\n${end}${rest.split(end)[1] ?? '\n'}`);
