import type { ReportModel } from '../model/schema/report.js';
import { agreementPlot } from './agreementPlot.js';
import { confidencePlot } from './confidencePlot.js';
import { differencePlot } from './differencePlot.js';
import { filterPlot } from './filterPlot.js';
import { agreementMap, sourceMap } from './mapPlot.js';
import type { ReportPlot } from './plot.js';
import { raterHeatMap } from './raterHeatMap.js';
import { relevancePlot } from './relevancePlot.js';
import { rocPlot } from './rocPlot.js';
import { suitePlots } from './suitePlots.js';
import { scatterPlot } from './suiteScatter.js';

/** Every plot that a report can have, in the report's order. */
export const plotsOf = (model: ReportModel): readonly ReportPlot[] => [
  { id: 'agreement-plot', title: 'Labels upheld per dataset', draw: () => agreementPlot(model) },
  {
    id: 'relevance-plot',
    title: 'Relevance ratings per dataset',
    draw: () => relevancePlot(model),
  },
  {
    id: 'scatter-plot',
    title: 'Relevance against label agreement',
    draw: () => scatterPlot(model),
  },
  {
    id: 'rater-agreement-plot',
    title: 'Agreement between raters',
    draw: () => raterHeatMap(model),
  },
  ...suitePlots(model),
  ...model.pairs.map((pair) => ({
    id: `differences-${pair.generated}`,
    title: `Differences, ${pair.behaviour}`,
    draw: () => differencePlot(pair),
  })),
  ...model.pairs.flatMap((pair) => [
    {
      id: `map-source-${pair.generated}`,
      title: `Map of the texts by source, ${pair.behaviour}`,
      draw: () => sourceMap(pair, `map-source-${pair.generated}`),
    },
    {
      id: `map-agreement-${pair.generated}`,
      title: `Map of the texts by label agreement, ${pair.behaviour}`,
      draw: () => agreementMap(pair, `map-agreement-${pair.generated}`),
    },
  ]),
  ...model.datasets.flatMap((dataset) => [
    {
      id: `confidence-${dataset.id}`,
      title: `Confidence against labels upheld, ${dataset.title}`,
      draw: () => confidencePlot(dataset),
    },
    {
      id: `roc-${dataset.id}`,
      title: `ROC curve of the discriminator, ${dataset.title}`,
      draw: () => rocPlot(dataset),
    },
    {
      id: `filter-upheld-${dataset.id}`,
      title: `Filter curve of labels, ${dataset.title}`,
      draw: () => filterPlot(dataset, 'upheld'),
    },
    {
      id: `filter-relevance-${dataset.id}`,
      title: `Filter curve of relevance, ${dataset.title}`,
      draw: () => filterPlot(dataset, 'relevance'),
    },
  ]),
];
