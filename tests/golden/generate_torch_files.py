#!/usr/bin/env python3
"""Writes io/torch<major version>_*.pt: small files made by torch.save, good ones and bad ones; and
the weights, an input and the output of a feed-forward block.

Element i of a tensor of any shape is (i - 5) / 4 if it is floating, i - 5 if it is a signed
integer, i if it is uint8, and whether i is a multiple of 3 if it is a bool, as in the files of
generate_io_numpy.py. The bytes vary from run to run in what does not matter, such as addresses that
serve as keys, so generate.py does not ask this script.
"""

import collections
import io
import os
import sys

import golden
from golden import torch

DTYPES = ["float64", "float32", "float16", "bfloat16", "int64", "int32", "uint8", "bool"]
MAJOR = int(torch.__version__.split(".")[0])


def values(dtype, *shape):
    """A tensor of the values that the docstring tells."""
    count = 1
    for size in shape:
        count *= size
    i = torch.arange(count)
    if dtype == "bool":
        i = i % 3 == 0
    elif dtype != "uint8":
        i = (i - 5) / 4 if "float" in dtype else i - 5
    return i.reshape(shape).to(getattr(torch, dtype))


def saved(what, **options):
    file = io.BytesIO()
    torch.save(what, file, **options)
    return file.getvalue()


def dtypes():
    state = collections.OrderedDict((dtype, values(dtype, 3, 4)) for dtype in DTYPES)
    state["scalar"] = values("float32")
    state["empty"] = values("float16", 0, 3)
    return state


def views():
    base = values("float32", 4, 6)
    return {"base": base, "transposed": base.t(), "sliced": base[1:4, 1::2],
            "expanded": values("int64", 3, 1).expand(3, 4),
            "permuted": values("float64", 2, 3, 4).permute(2, 0, 1), "tail": base.view(-1)[20:]}


def parameters():
    weight = torch.nn.Parameter(values("float32", 2, 3))
    marked = torch.nn.Parameter(values("float32", 4))
    marked.mark = "an attribute"
    frozen = torch.nn.Parameter(values("float64", 3), requires_grad=False)
    return {"weight": weight, "marked": marked, "frozen": frozen}


def negative():
    """Tensors that PyTorch negates when it reads them: in their storages, the numbers are positive
    where these are negative. `both` is their storage without that."""
    z = torch.complex(values("float32", 2, 3), values("float32", 2, 3) + 10).conj()
    neg = torch._neg_view
    return {"imag": z.imag, "row": z.imag[1], "parameter": torch.nn.Parameter(z.imag.t()),
            "both": torch.view_as_real(z.conj()), "expanded": z.imag[:, :1].expand(2, 4),
            "float64": neg(values("float64", 3)), "float16": neg(values("float16", 3)),
            "int64": neg(values("int64", 3)), "uint8": neg(values("uint8", 3)),
            "empty": neg(values("float32", 0, 2))}


def model():
    """A model with a formula for its weights, and tied ones: the keys 0.weight, 0.bias, 2.weight,
    2.bias, where those of 2 are those of 0."""
    first = torch.nn.Linear(3, 3)
    with torch.no_grad():
        first.weight.copy_(values("float32", 3, 3))
        first.bias.copy_(values("float32", 3))
    return torch.nn.Sequential(first, torch.nn.ReLU(), first)


def checkpoint():
    net = model()
    optimizer = torch.optim.AdamW(net.parameters())
    state = {name: tensor.clone() for name, tensor in net.state_dict().items()}
    net(torch.ones(1, 3)).sum().backward()
    optimizer.step()
    return {"model": state, "optimizer": optimizer.state_dict(), "epoch": 3, "losses": [0.5, 0.25],
            "name": "tiny"}


class Malicious:
    def __reduce__(self):
        return os.system, ("echo this must never run",)


def refused():
    yield "module", torch.nn.Linear(2, 2)
    yield "malicious", {"weight": values("float32", 2), "extra": Malicious()}
    yield "int8", {"weight": values("int8", 2)}
    yield "complex", {"phase": torch.zeros(2, dtype=torch.complex64)}
    if MAJOR > 1:
        yield "float8", {"weight": torch.zeros(2, dtype=torch.float8_e4m3fn)}
        yield "conjugated", {"phase": torch.zeros(2, dtype=torch.complex64).conj()}
        yield "sparse", {"weight": torch.eye(2).to_sparse()}
        yield "sparse_csr", {"weight": torch.eye(2).to_sparse_csr()}
        yield "quantized", {"weight": torch.quantize_per_tensor(torch.ones(2), 0.1, 0, torch.qint8)}
        parts = [torch.ones(2), torch.ones(3)]
        yield "nested", {"weight": torch.nested.nested_tensor(parts)}
        yield "jagged", {"weight": torch.nested.nested_tensor(parts, layout=torch.jagged)}
        yield "meta", {"weight": torch.ones(2, device="meta")}


def checkpoint_files():
    contents = {"dtypes": dtypes(), "views": views(), "parameters": parameters(),
                "model": model().state_dict(), "checkpoint": checkpoint(),
                "tensor": values("float32", 2, 3), "nothing": collections.OrderedDict(),
                "two_models": {"generator": {"w": values("float32", 2)},
                               "discriminator": {"w": values("float64", 3)}}} | dict(refused())
    if MAJOR > 1:
        contents["negative"] = negative()
        yield "negative_legacy", saved(negative(), _use_new_zipfile_serialization=False)
    for name, content in contents.items():
        yield name, saved(content)
        # A legacy file of a whole module has its source code in it.
        if MAJOR == 1 and name not in ("parameters", "nothing", "two_models", "int8", "module"):
            yield name + "_legacy", saved(content, _use_new_zipfile_serialization=False)
    if MAJOR == 1:
        for protocol in (1, 4):
            yield f"protocol_{protocol}_legacy", saved(
                model().state_dict(), pickle_protocol=protocol, _use_new_zipfile_serialization=False)
        yield "protocol_4", saved(model().state_dict(), pickle_protocol=4)


def feed_forward_files():
    """A feed-forward block and what it makes of an input, in evaluation mode."""
    import numpy as np
    from safetensors.torch import save as save_safetensors

    torch.manual_seed(0)
    block = torch.nn.Sequential(collections.OrderedDict(
        linear1=torch.nn.Linear(16, 64), activation=torch.nn.GELU(approximate="none"),
        dropout=torch.nn.Dropout(0.1), linear2=torch.nn.Linear(64, 16))).eval()
    x = torch.randn(2, 5, 16)
    with torch.no_grad():
        y = block(x)
    for name, array in {"ffn_input": x, "ffn_output": y}.items():
        file = io.BytesIO()
        np.save(file, array.numpy())
        yield f"{name}.npy", file.getvalue()
    yield "transformer_ffn.pt", saved(block.state_dict())
    yield "transformer_ffn.safetensors", save_safetensors(block.state_dict())


def facts():
    files = {f"io/torch{MAJOR}_{name}.pt": data for name, data in checkpoint_files()}
    if MAJOR == 1:
        files |= {f"io/{name}": data for name, data in feed_forward_files()}
    return files


if __name__ == "__main__":
    sys.exit(golden.main(__doc__, facts))
