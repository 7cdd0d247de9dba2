"""Writes layers.json: PyTorch's layers on fixed inputs. Run with a Python that has torch: python test/nn/layers.py"""

import json
import pathlib

import torch
import torch.nn.functional as F

torch.set_default_dtype(torch.float64)
torch.manual_seed(1)
r = torch.randn
i = {
    "image": r(2, 5, 6, 4), "kernel": r(3, 3, 4, 6), "grouped": r(3, 3, 2, 6), "back": r(3, 3, 4, 2),
    "sequence": r(2, 5, 8), "scale": r(4), "shift": r(4),
    "wq": r(8, 8), "wk": r(8, 8), "wv": r(8, 8), "wo": r(8, 8), "bq": r(8), "bk": r(8), "bv": r(8), "bo": r(8),
    "wx": r(8, 12), "wh": r(3, 12), "b": r(12), "gx": r(8, 9), "gh": r(3, 9), "gb": r(9),
}
first = lambda v: v.permute(0, 3, 1, 2)
last = lambda v: v.permute(0, 2, 3, 1)
kern = lambda v: v.permute(3, 2, 0, 1)
mha = torch.nn.MultiheadAttention(8, 2, batch_first=True)
lstm, gru = torch.nn.LSTM(8, 3, batch_first=True), torch.nn.GRU(8, 3, batch_first=True)
with torch.no_grad():
    mha.in_proj_weight.copy_(torch.cat([i["wq"].T, i["wk"].T, i["wv"].T]))
    mha.in_proj_bias.copy_(torch.cat([i["bq"], i["bk"], i["bv"]]))
    mha.out_proj.weight.copy_(i["wo"].T)
    mha.out_proj.bias.copy_(i["bo"])
    for layer, (x, h, b) in ((lstm, ("wx", "wh", "b")), (gru, ("gx", "gh", "gb"))):
        layer.weight_ih_l0.copy_(i[x].T)
        layer.weight_hh_l0.copy_(i[h].T)
        layer.bias_ih_l0.copy_(i[b])
        layer.bias_hh_l0.zero_()
    causal = torch.triu(torch.ones(5, 5, dtype=torch.bool), 1)
    s = i["sequence"]
    out = {
        "conv2d": last(F.conv2d(first(i["image"]), kern(i["kernel"]), stride=2, padding=1)),
        "conv2d dilated": last(F.conv2d(first(i["image"]), kern(i["kernel"]), dilation=2, padding=2)),
        "conv2d grouped": last(F.conv2d(first(i["image"]), kern(i["grouped"]), groups=2)),
        "convTranspose2d": last(F.conv_transpose2d(first(i["image"]), i["back"].permute(2, 3, 0, 1), stride=2, padding=1)),
        "maxPool2d": last(F.max_pool2d(first(i["image"]), 3, 2, padding=1)),
        "avgPool2d": last(F.avg_pool2d(first(i["image"]), 3, 2, padding=1, count_include_pad=False)),
        "adaptiveAvgPool2d": last(F.adaptive_avg_pool2d(first(i["image"]), (2, 4))),
        "groupNorm": last(F.group_norm(first(i["image"]), 2, i["scale"], i["shift"])),
        "layerNorm": F.layer_norm(i["image"], (4,), i["scale"], i["shift"]),
        "rmsNorm": F.rms_norm(i["image"], (4,), i["scale"], eps=1e-5),
        "batchNorm": last(F.batch_norm(first(i["image"]), None, None, i["scale"], i["shift"], training=True)),
        "multiHeadAttention": mha(s, s, s, need_weights=False)[0],
        "multiHeadAttention causal": mha(s, s, s, attn_mask=causal, need_weights=False)[0],
        "lstm": lstm(s)[0],
        "gru": gru(s)[0],
        "resize": last(F.interpolate(first(i["image"]), (7, 9), mode="bilinear", align_corners=False)),
    }
lists = lambda d: {k: {"shape": list(v.shape), "data": [round(x, 10) for x in v.flatten().tolist()]} for k, v in d.items()}
result = {"torch": torch.__version__, "inputs": lists(i), "outputs": lists(out)}
pathlib.Path(__file__).with_name("layers.json").write_text(json.dumps(result, separators=(",", ":")) + "\n")
