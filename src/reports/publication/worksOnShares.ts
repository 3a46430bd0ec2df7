/**
 * A work that the report rests on: how it is named in a sentence, and its entry in a BibTeX file.
 */
export interface Citation {
  readonly key: string;
  /** Where a sentence of the report names the work; the citation is put behind the match. */
  readonly phrase: RegExp;
  readonly bibtex: string;
}

/** Works on shares, agreement among raters, and the comparison of two sets. */
export const worksOnShares: readonly Citation[] = [
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
];
