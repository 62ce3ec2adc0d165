/**
 * whymatch as a library: image search that shows why it matched.
 *
 *   import { indexItems, loadModel, openCatalog, openSource, searchByPicture, explainSearch, renderReport } from 'whymatch';
 *
 *   const model = await loadModel();
 *   const catalog = openCatalog('shop', { space: model, create: true });
 *   await indexItems(await openSource('photos'), { store: catalog, embedder: model });
 *   const search = await searchByPicture(catalog, model, { source: 'photo.jpg' }, { k: 5 });
 *   const hits = await explainSearch(model, search.query, search.hits, { methods: ['guided', 'guided-match'] });
 *   const about = { name: 'shop', items: catalog.count() };
 *   await writeFile('report.html', await renderReport({ search, hits, catalog: about, model: model.model }));
 *   catalog.close();
 *   await model.dispose();
 *
 * What is exported here is the public surface, kept stable by semantic versioning; deeper paths are not.
 */

// Use cases: catalogue, model and pictures together.
export {
  evaluateExplanations,
  type EvaluateExplanationsOptions,
  type ExplanationEvaluation,
} from './app/evaluate-explanations.ts';
export { correspond, type MatchedPoints, matchedPoints, type PictureAnswer } from './app/correspond.ts';
export {
  evaluateCatalogRetrieval,
  type EvaluateRetrievalOptions,
  keepCalibration,
  type RetrievalEvaluation,
} from './app/evaluate-retrieval.ts';
export {
  evaluateRobustness,
  type EvaluateRobustnessOptions,
  type RobustnessEvaluation,
} from './app/evaluate-robustness.ts';
export {
  type JudgedName,
  type Judgement,
  judge as judgeNames,
  learnAndKeep as learnNames,
  type LearnOptions,
  refreshNames,
  type Suspect,
} from './app/learn-names.ts';
export {
  explainFoundName,
  explainSuspects,
  type ExplainedName,
  type ExplainedSuspect,
  explainPictureName,
  type NameQuestion,
  type Reasons,
} from './app/explain-name.ts';
export { explainPair, type ExplainedPair } from './app/explain-pair.ts';
export {
  openToRead,
  openToWrite,
  readCatalog,
  type OpenedCatalog,
  type OpenOptions as OpenWithModelOptions,
} from './app/open.ts';
export { examinePicture, type ExaminedPicture, type PictureInput, readItemPicture } from './app/pictures.ts';
export {
  type ExplainedHit,
  explainSearch,
  type PictureSearch,
  type PictureSearchOptions,
  searchByPicture,
  type Timings,
} from './app/search.ts';

export {
  type Duplicate,
  type DuplicateOptions,
  duplicatesReport,
  type DuplicateTier,
  duplicateTiers,
  findDuplicates,
} from './app/duplicates.ts';
export { exportCatalog, exportedSpace, importCatalog, type VectorFormat } from './app/exchange.ts';
export { reEmbed, type ReEmbedOptions } from './app/re-embed.ts';

// Values that everything is made of.
export type { Embedder, EmbeddingSpace } from './core/embedder.ts';
export { AppError, type ErrorCode, errorCodes, type ErrorKind, exitCodes } from './core/errors.ts';
export type { Point, Rect, Size } from './core/geometry.ts';
export type { HeatMap } from './core/heat-map.ts';
export type { InputSpec } from './core/input-spec.ts';
export type { Item, Json, Metadata, NewItem } from './core/item.ts';
export type { LongRunning, Progress } from './core/progress.ts';
export type { Tensor } from './core/tensor.ts';

// Pictures, and maps drawn on them.
export { heatMap, mapScale, normalizeMap, peak, resizeMap } from './image/heat-map.ts';
export { type Colormap, colormapLegend, colormaps } from './image/colormap.ts';
export type { PictureLimits } from './image/limits.ts';
export { openPicture, type Picture, type PictureBytes } from './image/open.ts';
export { type OverlayOptions, renderMap, renderOverlay, renderPicture } from './image/overlay.ts';
export { type Placement, toPicture, toTensor } from './image/placement.ts';
export { prepare, type PreparedPicture } from './image/prepare.ts';
export { type Line, type Panel, sideBySide, type SideBySideOptions } from './image/side-by-side.ts';
export { renderSigned, renderTensor } from './image/tensor-picture.ts';

// Models: ONNX files as graphs, the registry, engines.
export { pullModel, type PullOptions } from './model/download.ts';
export type { Engine, EngineOptions, Executable } from './model/engine.ts';
export type { EngineChoice, EngineName, OrtDevice, TfjsBackend } from './model/engine-choice.ts';
export { createEngine } from './model/engines.ts';
export type { Graph, Node, Shape } from './model/graph.ts';
export { inferManifest, type InferredManifest, type ManifestOverrides } from './model/infer-manifest.ts';
export { LoadedModel, loadModel, type LoadOptions } from './model/load-model.ts';
export type { ModelManifest } from './model/manifest.ts';
export { type ForwardResult, Model, type ModelFacts } from './model/model.ts';
export { readOnnx, type ReadOptions } from './model/onnx/read.ts';
export { writeOnnx, type WriteOptions } from './model/onnx/write.ts';
export { createOrtEngine, type OrtOptions } from './model/ort.ts';
export {
  defaultModel,
  findModel,
  type FoundModel,
  listModels,
  type ModelList,
  type RegistryOptions,
} from './model/registry.ts';
export { addModel, type AddOptions, removeModel } from './model/user-models.ts';

// Explanations.
export type { Unexamined } from './explain/page-graph.ts';
export { answersTo, mutualMatches, type PlacePair, type RegionAnswer } from './explain/correspondence.ts';
export { differentiate, type DifferentiateOptions, type ExplanationGraph } from './explain/differentiate.ts';
export { type Check, type CheckOptions, quickChecks } from './explain/check.ts';
export type { Warning } from './explain/check-warnings.ts';
export type { AloneExplanation, ExplainAloneOptions } from './explain/explain-alone.ts';
export {
  explainHits,
  type ExplainedPage,
  explainPage,
  type ExplainOptions,
  type CheckPair,
  type Explanation,
  type MapPair,
} from './explain/explain.ts';
export type { Estimate } from './core/bootstrap.ts';
export { measureFacts, type MeasureName, type MethodSummary } from './explain/measures/summary.ts';
export { findForeground, type Foreground, type ForegroundPart } from './explain/foreground.ts';
export { matchMaps } from './explain/grad-cam.ts';
export { inputGradients, type Running, signedGradients } from './explain/gradients.ts';
export { correspondence, matchMap } from './explain/match-map.ts';
export { defaultMethod, methodNamed, methods } from './explain/methods/index.ts';
export {
  integratedGradients,
  type IntegratedGradientsOptions,
} from './explain/methods/integrated-gradients.ts';
export { type Method, Work } from './explain/methods/method.ts';
export { occlusion, type OcclusionOptions } from './explain/methods/occlusion.ts';
export { smoothGrad, type SmoothGradOptions } from './explain/methods/smooth-grad.ts';
export { type ClassGuess, classNamed, predictClass } from './explain/predict-class.ts';
export { type BackwardRule, backwardRules } from './explain/rules.ts';
export { examine, type Subject } from './explain/subject.ts';
export {
  classJob,
  type Job,
  neuronJob,
  pairJob,
  type PairTarget,
  parseTarget,
  type Target,
  targets,
} from './explain/targets.ts';
export { visualize, type VisualizeOptions, type Visualization, type Wish } from './explain/visualize.ts';

// Catalogues and search.
export { type CatalogCalibration, type Likeness, likenessOf, probabilityOf } from './search/calibration.ts';
export { readCalibration } from './search/calibration-file.ts';
export { guessName, type NameGuess } from './search/naming/name-vote.ts';
export type { LearnedNames } from './search/naming/learn.ts';
export { type Namer, type Naming, probabilitiesOf, type Trust } from './search/naming/namer.ts';
export { forgetNames, type KnownNames, readNames } from './search/naming/names-file.ts';
export type { Catalog, CatalogInfo, SearchOptions, SearchResult } from './search/catalog.ts';
export type { Failure } from './search/failure-log.ts';
export type { CompactReport } from './search/maintenance.ts';
export { openCatalog, type OpenOptions } from './search/open-catalog.ts';
export type { Hit } from './search/ranking.ts';
export type { PairOptions, SimilarItems, SimilarPair } from './search/similar-pairs.ts';
export type { Check as CatalogCheck, VerifyOptions, VerifyReport } from './search/verify.ts';

// Indexing.
export type { FetchOptions } from './indexer/fetch-ahead.ts';
export { indexItems, type IndexOptions } from './indexer/pipeline.ts';
export {
  type CollectionStore,
  runIndexing,
  type RunOptions,
  type RunReport,
  type RunStore,
  type Withheld,
} from './indexer/run.ts';
export { openSource, type OpenSourceOptions, sourceFormats } from './indexer/sources/open.ts';
export type { ItemSource, SourceEntry, SourceFailure, SourceItem } from './indexer/sources/source.ts';
export type { FailureStore, ItemFailure, ItemStore, PictureStore } from './indexer/store.ts';
export type { IndexReport } from './indexer/tally.ts';

// Reports.
export { renderEvaluation } from './report/evaluation.ts';
export { evaluationCsv } from './report/evaluation-csv.ts';
export type { PairReport, ReportHit, ReportPicture, SearchReport } from './report/input.ts';
export { type NamesReport, renderNames } from './report/names.ts';
export { renderPairReport, renderReport } from './report/report.ts';
