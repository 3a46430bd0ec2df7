# Reference values of the mixed models for test/statistics/mixed: see writeCases.ts for how to run it.
# glmer: Laplace (nAGQ = 1), tight tolerances; clmm: Laplace; for items alone adaptive Gauss-Hermite quadrature with 25 nodes. The source is coded 1/2 and -1/2.
# The profile limits are chi-square ones (1.959964 squared): of glmer and clmm by refitting with the effect held as an offset.
suppressMessages({ library(lme4); library(ordinal); library(jsonlite) })
arguments <- commandArgs(TRUE)
cut <- qnorm(0.975)

fit_binary <- function(d, leanings, held = NULL) {
  d$shift <- if (is.null(held)) 0 else held * d$z
  random <- paste("(1 | item) + (1 | rater)", if (leanings) "+ (0 + z | rater)" else "")
  formula <- as.formula(paste("y ~", if (is.null(held)) "z" else "1", "+ offset(shift) +", random))
  control <- glmerControl(optimizer = "bobyqa", optCtrl = list(rhobeg = 0.02, rhoend = 1e-10, maxfun = 1e5), tolPwrss = 1e-13, check.conv.singular = "ignore", check.conv.grad = "ignore")
  first <- glmer(formula, d, binomial, nAGQ = 1, control = control)
  # Once more from where it stands: bobyqa may stop early.
  update(first, start = list(theta = getME(first, "theta"), fixef = fixef(first)))
}
fit_ordinal <- function(d, leanings, held = NULL) {
  d$shift <- if (is.null(held)) 0 else held * d$z
  random <- paste("(1 | item) + (1 | rater)", if (leanings) "+ (0 + z | rater)" else "")
  formula <- as.formula(paste("y ~", if (is.null(held)) "z" else "1", "+ offset(shift) +", random))
  clmm(formula, data = d, link = "logit", Hess = is.null(held), control = clmm.control(method = "nlminb", innerCtrl = "noWarn", gradTol = 1e-7, maxIter = 200))
}
deviation <- function(m, group, term) {
  for (part in VarCorr(m)[names(VarCorr(m)) == group | startsWith(names(VarCorr(m)), paste0(group, "."))]) if (term %in% rownames(part)) return(sqrt(part[term, term]))
  0
}

fit_items <- function(d, binary) {
  if (binary) glmer(y ~ z + (1 | item), d, binomial, nAGQ = 25, control = glmerControl(optimizer = "bobyqa", optCtrl = list(rhobeg = 0.02, rhoend = 1e-10), tolPwrss = 1e-13))
  else clmm(y ~ z + (1 | item), data = d, link = "logit", nAGQ = 25, control = clmm.control(method = "nlminb", gradTol = 1e-7, maxIter = 200))
}

# The standard error from second differences of the profile (Richardson), as clmm's own numerical Hessian has about three digits.
profiled_error <- function(profile, top, effect, step) {
  curvature <- function(h) (2 * top - profile(effect + h) - profile(effect - h)) / h^2
  1 / sqrt((4 * curvature(step / 2) - curvature(step)) / 3)
}

references <- list()
alone <- list()
for (file in sort(list.files(arguments[1], "\\.csv$", full.names = TRUE))) {
  name <- sub("\\.csv$", "", basename(file))
  d <- read.csv(file)
  leanings <- d$kind[1] == "leanings"; items <- d$kind[1] == "items"
  d$item <- factor(d$item); d$rater <- factor(d$rater)
  binary <- length(unique(d$value)) == 2
  d$y <- if (binary) d$value - 1 else factor(d$value, ordered = TRUE)
  fitted <- if (binary) fit_binary else fit_ordinal
  m <- if (items) fit_items(d, binary) else fitted(d, leanings)
  effect <- if (binary) fixef(m)[["z"]] else m$beta[["z"]]
  error <- sqrt(vcov(m)["z", "z"])
  top <- as.numeric(logLik(m))
  lost <- function(b) 2 * (top - as.numeric(logLik(fitted(d, leanings, b)))) - cut^2
  found <- list(
    effect = effect, standardError = error,
    thresholds = if (binary) I(-fixef(m)[["(Intercept)"]]) else I(unname(m$alpha)),
    item = deviation(m, "item", "(Intercept)"), rater = deviation(m, "rater", "(Intercept)"), raterBySource = if (leanings) deviation(m, "rater", "z") else 0,
    logLikelihood = top)
  if (items) alone[[name]] <- found
  else references[[name]] <- c(found, list(
    profiledError = profiled_error(function(b) as.numeric(logLik(fitted(d, leanings, b))), top, effect, 0.4 * error),
    lower = uniroot(lost, c(effect - 3 * error, effect - 1.6 * error), extendInt = "yes", tol = 1e-6)$root, upper = uniroot(lost, c(effect + 1.6 * error, effect + 3 * error), extendInt = "yes", tol = 1e-6)$root))
  cat(name, unlist(found), "\n")
}
note <- sprintf("Made by reference.R with %s, lme4 %s (glmer, Laplace) and ordinal %s (clmm, Laplace; both with 25 nodes for items alone) on the simulated studies of cases.ts.", R.version.string, packageVersion("lme4"), packageVersion("ordinal"))
write(toJSON(list(note = note, cases = references, itemCases = alone), digits = NA, auto_unbox = TRUE, pretty = TRUE), arguments[2])
