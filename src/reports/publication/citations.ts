/**
 * A work that the report rests on: how it is named in a sentence, and its entry in a BibTeX file.
 */
export interface Citation {
  readonly key: string;
  /** Where a sentence of the report names the work; the citation is put behind the match. */
  readonly phrase: RegExp;
  readonly bibtex: string;
}

/** Every work that a sentence of the report may name. */
export const citations: readonly Citation[] = [
  {
    key: 'perez2023discovering',
    phrase:
      /Perez et al\. 2022(?:, “Discovering Language Model Behaviors with Model-Written Evaluations”, arXiv 2212\.09251)?/,
    bibtex: `@inproceedings{perez2023discovering,
  title     = {Discovering Language Model Behaviors with Model-Written Evaluations},
  author    = {Perez, Ethan and Ringer, Sam and Luko{\\v{s}}i{\\=u}t{\\.e}, Kamil{\\.e} and others},
  booktitle = {Findings of the Association for Computational Linguistics: ACL 2023},
  year      = {2023},
  pages     = {13387--13434},
  doi       = {10.18653/v1/2023.findings-acl.847},
  note      = {arXiv:2212.09251}
}`,
  },
  {
    key: 'wilson1927probable',
    phrase: /Wilson score interval/,
    bibtex: `@article{wilson1927probable,
  title   = {Probable Inference, the Law of Succession, and Statistical Inference},
  author  = {Wilson, Edwin B.},
  journal = {Journal of the American Statistical Association},
  volume  = {22},
  number  = {158},
  pages   = {209--212},
  year    = {1927},
  doi     = {10.1080/01621459.1927.10502953}
}`,
  },
  {
    key: 'cameron2011robust',
    phrase: /Cameron, Gelbach and Miller \(2011\)/,
    bibtex: `@article{cameron2011robust,
  title   = {Robust Inference With Multiway Clustering},
  author  = {Cameron, A. Colin and Gelbach, Jonah B. and Miller, Douglas L.},
  journal = {Journal of Business \\& Economic Statistics},
  volume  = {29},
  number  = {2},
  pages   = {238--249},
  year    = {2011},
  doi     = {10.1198/jbes.2010.07136}
}`,
  },
  {
    key: 'fleiss1971measuring',
    phrase: /Fleiss’ kappa/,
    bibtex: `@article{fleiss1971measuring,
  title   = {Measuring Nominal Scale Agreement Among Many Raters},
  author  = {Fleiss, Joseph L.},
  journal = {Psychological Bulletin},
  volume  = {76},
  number  = {5},
  pages   = {378--382},
  year    = {1971},
  doi     = {10.1037/h0031619}
}`,
  },
  {
    key: 'gwet2008computing',
    phrase: /Gwet’s AC1/,
    bibtex: `@article{gwet2008computing,
  title   = {Computing Inter-Rater Reliability and Its Variance in the Presence of High Agreement},
  author  = {Gwet, Kilem Li},
  journal = {British Journal of Mathematical and Statistical Psychology},
  volume  = {61},
  number  = {1},
  pages   = {29--48},
  year    = {2008},
  doi     = {10.1348/000711006X126600}
}`,
  },
  {
    key: 'gwet2014handbook',
    phrase: /Gwet 2014/,
    bibtex: `@book{gwet2014handbook,
  title     = {Handbook of Inter-Rater Reliability},
  author    = {Gwet, Kilem Li},
  edition   = {4},
  publisher = {Advanced Analytics},
  address   = {Gaithersburg, MD},
  year      = {2014}
}`,
  },
  {
    key: 'krippendorff2011computing',
    phrase: /Krippendorff’s alpha/,
    bibtex: `@techreport{krippendorff2011computing,
  title       = {Computing {Krippendorff}'s Alpha-Reliability},
  author      = {Krippendorff, Klaus},
  institution = {University of Pennsylvania, Annenberg School for Communication},
  year        = {2011},
  url         = {https://repository.upenn.edu/asc_papers/43}
}`,
  },
  {
    key: 'newcombe1998interval',
    phrase: /Newcombe’s interval \(method 10\)/,
    bibtex: `@article{newcombe1998interval,
  title   = {Interval Estimation for the Difference Between Independent Proportions: Comparison of Eleven Methods},
  author  = {Newcombe, Robert G.},
  journal = {Statistics in Medicine},
  volume  = {17},
  number  = {8},
  pages   = {873--890},
  year    = {1998},
  doi     = {10.1002/(SICI)1097-0258(19980430)17:8<873::AID-SIM779>3.0.CO;2-I}
}`,
  },
  {
    key: 'holm1979simple',
    phrase: /\bHolm(?: \(1979\)|’s|-Bonferroni)?/,
    bibtex: `@article{holm1979simple,
  title   = {A Simple Sequentially Rejective Multiple Test Procedure},
  author  = {Holm, Sture},
  journal = {Scandinavian Journal of Statistics},
  volume  = {6},
  number  = {2},
  pages   = {65--70},
  year    = {1979}
}`,
  },
  {
    key: 'schuirmann1987comparison',
    phrase: /Schuirmann 1987/,
    bibtex: `@article{schuirmann1987comparison,
  title   = {A Comparison of the Two One-Sided Tests Procedure and the Power Approach for Assessing the Equivalence of Average Bioavailability},
  author  = {Schuirmann, Donald J.},
  journal = {Journal of Pharmacokinetics and Biopharmaceutics},
  volume  = {15},
  number  = {6},
  pages   = {657--680},
  year    = {1987},
  doi     = {10.1007/BF01068419}
}`,
  },
  {
    key: 'brunner2000nonparametric',
    phrase: /Brunner and Munzel \(2000\)/,
    bibtex: `@article{brunner2000nonparametric,
  title   = {The Nonparametric {Behrens}-{Fisher} Problem: Asymptotic Theory and a Small-Sample Approximation},
  author  = {Brunner, Edgar and Munzel, Ullrich},
  journal = {Biometrical Journal},
  volume  = {42},
  number  = {1},
  pages   = {17--25},
  year    = {2000},
  doi     = {10.1002/(SICI)1521-4036(200001)42:1<17::AID-BIMJ17>3.0.CO;2-U}
}`,
  },
  {
    key: 'cliff1996ordinal',
    phrase: /Cliff 1996/,
    bibtex: `@book{cliff1996ordinal,
  title     = {Ordinal Methods for Behavioral Data Analysis},
  author    = {Cliff, Norman},
  publisher = {Lawrence Erlbaum},
  address   = {Mahwah, NJ},
  year      = {1996}
}`,
  },
  {
    key: 'owen2007pigeonhole',
    phrase: /Owen 2007/,
    bibtex: `@article{owen2007pigeonhole,
  title   = {The Pigeonhole Bootstrap},
  author  = {Owen, Art B.},
  journal = {The Annals of Applied Statistics},
  volume  = {1},
  number  = {2},
  pages   = {386--411},
  year    = {2007},
  doi     = {10.1214/07-AOAS122}
}`,
  },
  {
    key: 'baayen2008mixed',
    phrase: /Baayen, Davidson and Bates 2008/,
    bibtex: `@article{baayen2008mixed,
  title   = {Mixed-Effects Modeling with Crossed Random Effects for Subjects and Items},
  author  = {Baayen, R. H. and Davidson, D. J. and Bates, D. M.},
  journal = {Journal of Memory and Language},
  volume  = {59},
  number  = {4},
  pages   = {390--412},
  year    = {2008},
  doi     = {10.1016/j.jml.2007.12.005}
}`,
  },
  {
    key: 'christensen2019ordinal',
    phrase: /Christensen 2019/,
    bibtex: `@manual{christensen2019ordinal,
  title  = {ordinal---Regression Models for Ordinal Data},
  author = {Christensen, Rune Haubo B.},
  year   = {2019},
  note   = {R package version 2019.12-10},
  url    = {https://CRAN.R-project.org/package=ordinal}
}`,
  },
  {
    key: 'benjamini1995controlling',
    phrase: /Benjamini(?:-| and |–)Hochberg/,
    bibtex: `@article{benjamini1995controlling,
  title   = {Controlling the False Discovery Rate: A Practical and Powerful Approach to Multiple Testing},
  author  = {Benjamini, Yoav and Hochberg, Yosef},
  journal = {Journal of the Royal Statistical Society: Series B},
  volume  = {57},
  number  = {1},
  pages   = {289--300},
  year    = {1995},
  doi     = {10.1111/j.2517-6161.1995.tb02031.x}
}`,
  },
  {
    key: 'dawid1979maximum',
    phrase: /Dawid(?:-| and |–)Skene/,
    bibtex: `@article{dawid1979maximum,
  title   = {Maximum Likelihood Estimation of Observer Error-Rates Using the {EM} Algorithm},
  author  = {Dawid, A. P. and Skene, A. M.},
  journal = {Journal of the Royal Statistical Society: Series C (Applied Statistics)},
  volume  = {28},
  number  = {1},
  pages   = {20--28},
  year    = {1979},
  doi     = {10.2307/2346806}
}`,
  },
  {
    key: 'brennan1981coefficient',
    phrase: /Brennan-Prediger coefficient/,
    bibtex: `@article{brennan1981coefficient,
  title   = {Coefficient Kappa: Some Uses, Misuses, and Alternatives},
  author  = {Brennan, Robert L. and Prediger, Dale J.},
  journal = {Educational and Psychological Measurement},
  volume  = {41},
  number  = {3},
  pages   = {687--699},
  year    = {1981},
  doi     = {10.1177/001316448104100307}
}`,
  },
  {
    key: 'conger1980integration',
    phrase: /Conger’s kappa/,
    bibtex: `@article{conger1980integration,
  title   = {Integration and Generalization of Kappas for Multiple Raters},
  author  = {Conger, Anthony J.},
  journal = {Psychological Bulletin},
  volume  = {88},
  number  = {2},
  pages   = {322--328},
  year    = {1980},
  doi     = {10.1037/0033-2909.88.2.322}
}`,
  },
  {
    key: 'shrout1979intraclass',
    phrase: /Shrout and Fleiss 1979/,
    bibtex: `@article{shrout1979intraclass,
  title   = {Intraclass Correlations: Uses in Assessing Rater Reliability},
  author  = {Shrout, Patrick E. and Fleiss, Joseph L.},
  journal = {Psychological Bulletin},
  volume  = {86},
  number  = {2},
  pages   = {420--428},
  year    = {1979},
  doi     = {10.1037/0033-2909.86.2.420}
}`,
  },
  {
    key: 'hovy2013learning',
    phrase: /Hovy et al\. 2013/,
    bibtex: `@inproceedings{hovy2013learning,
  title     = {Learning Whom to Trust with {MACE}},
  author    = {Hovy, Dirk and Berg-Kirkpatrick, Taylor and Vaswani, Ashish and Hovy, Eduard},
  booktitle = {Proceedings of NAACL-HLT 2013},
  year      = {2013},
  pages     = {1120--1130},
  url       = {https://aclanthology.org/N13-1132}
}`,
  },
  {
    key: 'brier1950verification',
    phrase: /Brier 1950/,
    bibtex: `@article{brier1950verification,
  title   = {Verification of Forecasts Expressed in Terms of Probability},
  author  = {Brier, Glenn W.},
  journal = {Monthly Weather Review},
  volume  = {78},
  number  = {1},
  pages   = {1--3},
  year    = {1950},
  doi     = {10.1175/1520-0493(1950)078<0001:VOFEIT>2.0.CO;2}
}`,
  },
  {
    key: 'murphy1973new',
    phrase: /Murphy 1973/,
    bibtex: `@article{murphy1973new,
  title   = {A New Vector Partition of the Probability Score},
  author  = {Murphy, Allan H.},
  journal = {Journal of Applied Meteorology},
  volume  = {12},
  number  = {4},
  pages   = {595--600},
  year    = {1973},
  doi     = {10.1175/1520-0450(1973)012<0595:ANVPOT>2.0.CO;2}
}`,
  },
  {
    key: 'brocker2007increasing',
    phrase: /Bröcker and Smith 2007/,
    bibtex: `@article{brocker2007increasing,
  title   = {Increasing the Reliability of Reliability Diagrams},
  author  = {Br{\\"o}cker, Jochen and Smith, Leonard A.},
  journal = {Weather and Forecasting},
  volume  = {22},
  number  = {3},
  pages   = {651--661},
  year    = {2007},
  doi     = {10.1175/WAF993.1}
}`,
  },
  {
    key: 'delong1988comparing',
    phrase: /DeLong et al\. \(1988\)/,
    bibtex: `@article{delong1988comparing,
  title   = {Comparing the Areas Under Two or More Correlated Receiver Operating Characteristic Curves: A Nonparametric Approach},
  author  = {DeLong, Elizabeth R. and DeLong, David M. and Clarke-Pearson, Daniel L.},
  journal = {Biometrics},
  volume  = {44},
  number  = {3},
  pages   = {837--845},
  year    = {1988},
  doi     = {10.2307/2531595}
}`,
  },
  {
    key: 'angelopoulos2023ppi',
    phrase: /Angelopoulos, Duchi and Zrnic 2023/,
    bibtex: `@misc{angelopoulos2023ppi,
  title  = {{PPI++}: Efficient Prediction-Powered Inference},
  author = {Angelopoulos, Anastasios N. and Duchi, John C. and Zrnic, Tijana},
  year   = {2023},
  note   = {arXiv:2311.01453}
}`,
  },
  {
    key: 'broder1997resemblance',
    phrase: /MinHash, Broder 1997/,
    bibtex: `@inproceedings{broder1997resemblance,
  title     = {On the Resemblance and Containment of Documents},
  author    = {Broder, Andrei Z.},
  booktitle = {Proceedings. Compression and Complexity of SEQUENCES 1997},
  year      = {1997},
  pages     = {21--29},
  doi       = {10.1109/SEQUEN.1997.666900}
}`,
  },
  {
    key: 'li2016diversity',
    phrase: /Li et al\. 2016/,
    bibtex: `@inproceedings{li2016diversity,
  title     = {A Diversity-Promoting Objective Function for Neural Conversation Models},
  author    = {Li, Jiwei and Galley, Michel and Brockett, Chris and Gao, Jianfeng and Dolan, Bill},
  booktitle = {Proceedings of NAACL-HLT 2016},
  year      = {2016},
  pages     = {110--119},
  doi       = {10.18653/v1/N16-1014}
}`,
  },
  {
    key: 'zhu2018texygen',
    phrase: /Zhu et al\. 2018/,
    bibtex: `@inproceedings{zhu2018texygen,
  title     = {Texygen: A Benchmarking Platform for Text Generation Models},
  author    = {Zhu, Yaoming and Lu, Sidi and Zheng, Lei and Guo, Jiaxian and Zhang, Weinan and Wang, Jun and Yu, Yong},
  booktitle = {The 41st International ACM SIGIR Conference on Research and Development in Information Retrieval},
  year      = {2018},
  pages     = {1097--1100},
  doi       = {10.1145/3209978.3210080}
}`,
  },
  {
    key: 'friedman2023vendi',
    phrase: /Friedman and Dieng 2023/,
    bibtex: `@article{friedman2023vendi,
  title   = {The Vendi Score: A Diversity Evaluation Metric for Machine Learning},
  author  = {Friedman, Dan and Dieng, Adji Bousso},
  journal = {Transactions on Machine Learning Research},
  year    = {2023},
  note    = {arXiv:2210.02410}
}`,
  },
  {
    key: 'shao1989general',
    phrase: /Shao and Wu 1989/,
    bibtex: `@article{shao1989general,
  title   = {A General Theory for Jackknife Variance Estimation},
  author  = {Shao, Jun and Wu, C. F. J.},
  journal = {The Annals of Statistics},
  volume  = {17},
  number  = {3},
  pages   = {1176--1197},
  year    = {1989},
  doi     = {10.1214/aos/1176347263}
}`,
  },
  {
    key: 'deerwester1990indexing',
    phrase: /Deerwester et al\. 1990/,
    bibtex: `@article{deerwester1990indexing,
  title   = {Indexing by Latent Semantic Analysis},
  author  = {Deerwester, Scott and Dumais, Susan T. and Furnas, George W. and Landauer, Thomas K. and Harshman, Richard},
  journal = {Journal of the American Society for Information Science},
  volume  = {41},
  number  = {6},
  pages   = {391--407},
  year    = {1990}
}`,
  },
  {
    key: 'monroe2008fightin',
    phrase: /Monroe, Colaresi and Quinn 2008/,
    bibtex: `@article{monroe2008fightin,
  title   = {Fightin' Words: Lexical Feature Selection and Evaluation for Identifying the Content of Political Conflict},
  author  = {Monroe, Burt L. and Colaresi, Michael P. and Quinn, Kevin M.},
  journal = {Political Analysis},
  volume  = {16},
  number  = {4},
  pages   = {372--403},
  year    = {2008},
  doi     = {10.1093/pan/mpn018}
}`,
  },
];

/** A stretch of a sentence, and the work to cite behind it. */
export interface CitedStretch {
  readonly text: string;
  readonly key: string | null;
}

/**
 * What stands between “ and ” is somebody's own wording, in which nothing is cited, unless it is a
 * title of ours.
 */
const quoted = /“[^”]*”/g;

/** Cuts a sentence behind each first naming of a work; a work in `already` is not cited again. */
export function citedStretches(
  sentence: string,
  already: ReadonlySet<string> = new Set(),
): CitedStretch[] {
  const quotes = Array.from(sentence.matchAll(quoted), (match) => ({
    from: match.index,
    to: match.index + match[0].length,
  }));
  const cuts = citations
    .flatMap(({ key, phrase }) => {
      if (already.has(key)) return [];
      const named = Array.from(sentence.matchAll(new RegExp(phrase, 'g'))).find(
        (match) => !quotes.some((quote) => match.index >= quote.from && match.index < quote.to),
      );
      return named === undefined ? [] : [{ key, end: named.index + named[0].length }];
    })
    .toSorted((left, right) => left.end - right.end);
  const stretches: CitedStretch[] = [];
  let from = 0;
  for (const { key, end } of cuts) {
    stretches.push({ text: sentence.slice(from, end), key });
    from = end;
  }
  stretches.push({ text: sentence.slice(from), key: null });
  return stretches;
}
