"""Writes gpt2/ and bert/: tiny random checkpoints as Hugging Face saves them, and what its models make of a text.

Run it with a Python that has torch, transformers and tokenizers: python test/models/checkpoints.py
"""

import json
import pathlib

import tokenizers
import torch
import transformers
from tokenizers import decoders, models, normalizers, pre_tokenizers, processors, trainers

here = pathlib.Path(__file__).parent
text = [
    "Call me Ishmael. Some years ago, never mind how long precisely, having little or no money in my purse,",
    "and nothing particular to interest me on shore, I thought I would sail about a little",
    "and see the watery part of the world.",
]
torch.manual_seed(0)


def byte_pairs():
    t = tokenizers.Tokenizer(models.BPE())
    t.pre_tokenizer, t.decoder = pre_tokenizers.ByteLevel(add_prefix_space=False), decoders.ByteLevel()
    t.train_from_iterator(text, trainers.BpeTrainer(vocab_size=128, show_progress=False))
    return t


def word_pieces():
    special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    t = tokenizers.Tokenizer(models.WordPiece(unk_token="[UNK]"))
    t.normalizer, t.pre_tokenizer = normalizers.BertNormalizer(lowercase=True), pre_tokenizers.BertPreTokenizer()
    t.decoder = decoders.WordPiece()
    t.train_from_iterator(text, trainers.WordPieceTrainer(vocab_size=128, special_tokens=special, show_progress=False))
    t.post_processor = processors.TemplateProcessing("[CLS] $A [SEP]", "[CLS] $A [SEP] $B:1 [SEP]:1", [("[CLS]", 2), ("[SEP]", 3)])
    return t


def spread(model):
    """Random biases and norms too: as they are at first, a mistake in them would not be seen."""
    with torch.no_grad():
        for p in model.parameters():
            p.add_(torch.randn_like(p) * 0.2)
    return model.eval()


def save(name, model, tokenizer, numbers):
    folder = here / name
    model.save_pretrained(folder)
    (folder / "generation_config.json").unlink(missing_ok=True)
    (folder / "model.safetensors").chmod(0o644)
    tokenizer.save(str(folder / "tokenizer.json"), pretty=False)
    lists = lambda v: {"shape": list(v.shape), "data": [round(x, 5) for x in v.flatten().tolist()]} if torch.is_tensor(v) else v
    golden = {"transformers": transformers.__version__} | {k: lists(v) for k, v in numbers.items()}
    (folder / "expected.json").write_text(json.dumps(golden, separators=(",", ":")) + "\n")


with torch.no_grad():
    tokenizer = byte_pairs()
    config = transformers.GPT2Config(vocab_size=128, n_positions=32, n_embd=32, n_layer=2, n_head=4, bos_token_id=0, eos_token_id=0)
    gpt2 = spread(transformers.GPT2LMHeadModel(config))
    sentence = "Call me anything"
    ids = tokenizer.encode(sentence).ids
    out = gpt2(input_ids=torch.tensor([ids]))
    greedy = gpt2.generate(torch.tensor([ids]), max_new_tokens=12, do_sample=False, eos_token_id=None, pad_token_id=0)[0].tolist()
    save("gpt2", gpt2, tokenizer, {"text": sentence, "ids": ids, "logits": out.logits, "greedy": greedy})

    tokenizer = word_pieces()
    config = transformers.BertConfig(vocab_size=128, hidden_size=32, num_hidden_layers=2, num_attention_heads=4, intermediate_size=64, max_position_embeddings=32)
    bert = spread(transformers.BertForPreTraining(config))
    pair = ["Call me Ishmael", "some years"]
    coded = tokenizer.encode(*pair)
    short = tokenizer.encode("never mind")
    n = len(coded.ids)
    pad = lambda row: row + [0] * (n - len(row))
    inputs = {
        "ids": [coded.ids, pad(short.ids)],
        "segments": [coded.type_ids, pad(short.type_ids)],
        "seen": [[1] * n, pad([1] * len(short.ids))],
    }
    a, b, c = (torch.tensor(v) for v in inputs.values())
    hidden = bert.bert(input_ids=a, token_type_ids=b, attention_mask=c)
    out = bert(input_ids=a, token_type_ids=b, attention_mask=c)
    save("bert", bert, tokenizer, inputs | {
        "texts": pair + ["never mind"], "first": tokenizer.encode(pair[0]).ids, "hidden": hidden.last_hidden_state,
        "pooled": hidden.pooler_output, "masked": out.prediction_logits, "next": out.seq_relationship_logits,
    })
