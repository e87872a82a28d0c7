"""The cases in PyTorch; wick_bench.cpp has the same in wick. For PyTorch 1.13 and newer."""
import ctypes
import functools
import struct
import sys
import time

import torch
from torch.nn import functional

COMPILE = "--compile" in sys.argv
F = {
    "relu": torch.relu, "silu": functional.silu, "sigmoid": torch.sigmoid, "tanh": torch.tanh,
    "gelu": functional.gelu, "gelu_tanh": functools.partial(functional.gelu, approximate="tanh"),
    "softmax": functools.partial(torch.softmax, dim=-1),
    "log_softmax": functools.partial(torch.log_softmax, dim=-1),
    "sum": functools.partial(torch.sum, dim=-1), "mean": functools.partial(torch.mean, dim=-1),
    "add": torch.add, "mul": torch.mul,
}


class Unsupported(Exception):
    """This PyTorch cannot run the case."""


def load(path):
    """A tensor from an .npy file of float32 or bool."""
    with open(path, "rb") as file:
        start = file.read(10)
        header = eval(file.read(struct.unpack("<H", start[8:])[0]), {})
        dtype = {"<f4": torch.float32, "|b1": torch.bool}[header["descr"]]
        return torch.frombuffer(bytearray(file.read()), dtype=dtype).reshape(header["shape"]).clone()


def save(path, tensor):
    tensor = tensor.detach().to(torch.float32).contiguous()
    header = "{'descr': '<f4', 'fortran_order': False, 'shape': (%s), }" % "".join(
        "%d," % size for size in tensor.shape)
    header += " " * (-(len(header) + 11) % 64) + "\n"
    with open(path, "wb") as file:
        file.write(b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header.encode())
        file.write(ctypes.string_at(tensor.data_ptr(), 4 * tensor.numel()))


class Case:
    """What is called, the mode it is called in, and what it computes."""

    def __init__(self, call, output=None, guard=None, note=""):
        self.call = call
        self.guard = guard or torch.enable_grad
        self.output = output
        self.note = note
        self.threads = 1


def forward(call):
    """A case that is not recorded. Frozen graphs need no_grad; inference mode is as fast."""
    guard = torch.no_grad if COMPILE else torch.inference_mode

    def output():
        with guard():
            torch.manual_seed(0)
            return call()
    return Case(call, output, guard)


def compiled(function):
    return torch.compile(function) if COMPILE else function


class FeedForward(torch.nn.Module):
    def __init__(self, inputs, options):
        super().__init__()
        _, w1, b1, w2, b2 = inputs
        self.linear1 = torch.nn.Linear(w1.shape[1], w1.shape[0])
        self.activation = torch.nn.GELU(approximate=options.get("approximate", "none"))
        self.dropout = torch.nn.Dropout(float(options.get("p", "0.1")))
        self.linear2 = torch.nn.Linear(w2.shape[1], w2.shape[0])
        with torch.no_grad():
            for to, value in zip(self.parameters(), (w1, b1, w2, b2)):
                to.copy_(value)

    def forward(self, x):
        return self.linear2(self.dropout(self.activation(self.linear1(x))))


def fastest_adamw(make_and_step):
    """The keyword arguments with which AdamW is fastest here: its defaults, or fused."""
    times = {}
    for fused in (False, True):
        try:
            step = make_and_step({"fused": True} if fused else {})
            step()
            start = time.perf_counter_ns()
            step()
            step()
            times[fused] = time.perf_counter_ns() - start
        except (TypeError, RuntimeError):
            pass  # older ones have no fused AdamW for the CPU
    return {"fused": True} if times.get(True, 1 << 62) < times[False] else {}


def training_step(ffn, x):
    def gradient():
        ffn.eval()
        ffn.zero_grad(set_to_none=True)
        ffn(x).mean().backward()
        ffn.train()
        return ffn.linear1.weight.grad

    reference = gradient().clone()
    model = compiled(ffn)

    def make_and_step(arguments):
        optimizer = torch.optim.AdamW(ffn.parameters(), **arguments)

        def step():
            optimizer.zero_grad(set_to_none=True)
            model(x).mean().backward()
            optimizer.step()
        return step

    arguments = fastest_adamw(make_and_step)
    return Case(make_and_step(arguments), lambda: reference,
                note="AdamW=" + ("fused" if arguments else "default"))


def feed_forward(options, inputs):
    mode = options.get("mode", "eval")
    ffn = FeedForward(inputs, options)
    x = inputs[0]
    if options.get("dtype") == "bf16":
        ffn, x = ffn.bfloat16(), x.bfloat16()
    ffn.train(mode != "eval")
    if "warm" in options:
        with torch.inference_mode():
            ffn(x.flatten(0, -2)[:64])
    if mode == "step":
        return training_step(ffn, x)
    model = compiled(ffn)
    case = forward(lambda: model(x))
    if mode == "record":
        case.guard = torch.enable_grad
    return case


def unary(options, inputs):
    function, x = compiled(F[options["fn"]]), inputs[0]
    if options.get("mode", "forward") == "forward":
        return forward(lambda: function(x))
    gradient = inputs[1]
    x.requires_grad_()

    def call():
        x.grad = None
        function(x).backward(gradient)

    def output():
        call()
        return x.grad
    return Case(call, output)


def rows(options, inputs):
    if options["fn"] == "layer_norm":
        x, weight, bias = inputs
        last = (x.shape[-1],)
        function = compiled(lambda x: functional.layer_norm(x, last, weight, bias))
        return forward(lambda: function(x))
    function, x = compiled(F[options["fn"]]), inputs[0]
    return forward(lambda: function(x))


def binary(options, inputs):
    a, b = inputs[:2]
    if "transposed" in options:
        b = b.t()
    if options["fn"] == "where":
        condition = inputs[2]
        return forward(lambda: torch.where(condition, a, b))
    function = compiled(F[options["fn"]])
    return forward(lambda: function(a, b))


def cat_of_three(options, inputs):
    dim = int(options.get("dim", "0"))
    return forward(lambda: torch.cat(inputs, dim))


def transpose_copy(options, inputs):
    x, = inputs
    return forward(lambda: x.transpose(0, 1).contiguous())


def random(options, inputs):
    x, p = inputs[0], float(options.get("p", "0.1"))
    return forward({
        "randn": lambda: torch.randn(x.shape), "rand": lambda: torch.rand(x.shape),
        "dropout": lambda: functional.dropout(x, p, True)}[options["fn"]])


def adamw(options, inputs):
    def make(arguments):
        parameters = []
        for _ in range(int(options.get("tensors", "8"))):
            parameters.append(inputs[0].clone().requires_grad_())
            parameters[-1].grad = inputs[1].clone()
        return torch.optim.AdamW(parameters, **arguments)

    arguments = fastest_adamw(lambda arguments: make(arguments).step)

    def output():
        optimizer = make(arguments)
        for _ in range(3):
            optimizer.step()
        return optimizer.param_groups[0]["params"][0]
    return Case(make(arguments).step, output, note="AdamW=" + ("fused" if arguments else "default"))


OPERATIONS = {"ffn": feed_forward, "unary": unary, "rows": rows, "binary": binary,
              "cat": cat_of_three, "transpose": transpose_copy, "random": random, "adamw": adamw}
