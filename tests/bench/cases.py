"""What is measured. Names of operations and their options are those of the workers (wick_bench.cpp,
torch_worker.py, libtorch_bench.cpp, machine_bench.cpp), descriptions of inputs those of array.h."""
from dataclasses import dataclass


@dataclass(frozen=True)
class Call:
    """An operation on inputs; `threads` other than those of its case only for references."""
    words: str
    inputs: tuple = ()
    threads: int = 0


@dataclass(frozen=True)
class Case:
    name: str
    call: Call
    group: str
    work: float = 0            # floating-point operations, or bytes read and written, of one call
    limit: str = ""            # what of the machine it is compared with: fma, copy
    reference: Call = None     # what wick also runs in the same rounds
    threads: str = "all"       # all, 1, or both
    without: tuple = ()        # libraries that do not take part
    tolerance: float = 2e-5    # allowed difference of the outputs, as a part of the largest element
    check: str = "close"       # close; bits: whether they are the same is only reported
    same: bool = False         # the reference has to give the same bits


ROWS, COLUMNS = 3200, 2048
ELEMENTS = ROWS * COLUMNS
BIG = f"{ROWS}x{COLUMNS}"
UNARY = ("relu", "silu", "sigmoid", "tanh", "gelu", "gelu_tanh")
NOT_COMPILED = ("compiled",)
SYSTEM = ("system", "libtorch_system")  # without a fast BLAS: seconds a call


def feed_forward_inputs(rows, model=512, hidden=2048):
    """Input, weights and biases, of the size that PyTorch gives them."""
    return (f"normal:{rows}x{model}:1",
            f"uniform*{model ** -0.5:.6f}:{hidden}x{model}:2",
            f"uniform*{model ** -0.5:.6f}:{hidden}:3",
            f"uniform*{hidden ** -0.5:.6f}:{model}x{hidden}:4",
            f"uniform*{hidden ** -0.5:.6f}:{model}:5")


def products(rows, model=512, hidden=2048):
    """Floating-point operations of the two matrix products."""
    return 4 * rows * model * hidden


def feed_forward_cases():
    tokens = "32x100"
    flops = products(3200)
    inputs = feed_forward_inputs(tokens)
    group = "feed-forward block 512 -> 2048 -> 512, [32, 100, 512] where not said otherwise"
    yield Case("ffn", Call("op=ffn", inputs), group, flops, "fma",
               reference=Call("op=ffn", inputs, threads=1), same=True)
    yield Case("ffn-1-thread", Call("op=ffn", inputs), group, flops, "fma", threads="1",
               without=SYSTEM)
    for rows in (1, 8):
        yield Case(f"ffn-{rows}-token" + "s" * (rows > 1),
                   Call("op=ffn", feed_forward_inputs(rows)), group, products(rows), "fma",
                   threads="both")
    yield Case("ffn-by-hand", Call("op=ffn byhand=1", inputs), group, flops, "fma", without=SYSTEM)
    yield Case("ffn-16-64-16-1-token", Call("op=ffn", feed_forward_inputs(1, 16, 64)), group,
               threads="1")
    yield Case("ffn-dropout", Call("op=ffn mode=train", inputs), group, flops, "fma", check="none",
               without=SYSTEM)
    yield Case("ffn-dropout-recorded", Call("op=ffn mode=record", inputs), group, flops, "fma",
               without=NOT_COMPILED + SYSTEM, check="none")
    yield Case("ffn-training-step", Call("op=ffn mode=step", inputs), group, 3 * flops, "fma",
               without=NOT_COMPILED + SYSTEM, tolerance=1e-4)
    yield Case("ffn-bf16", Call("op=ffn dtype=bf16", inputs), group, flops,
               reference=Call("op=ffn", inputs), without=SYSTEM, tolerance=2e-2)


def unary_cases():
    group = f"pointwise functions, [{ROWS}, {COLUMNS}] where not said otherwise"
    x, gradient = f"normal:{BIG}:1", f"normal:{BIG}:2"
    for name in UNARY:
        reference = None if name == "relu" else Call("op=unary fn=relu", (x,))
        yield Case(f"{name}-forward", Call(f"op=unary fn={name}", (x,)), group, 8 * ELEMENTS,
                   "copy", reference)
        reference = None if name == "relu" else Call("op=unary mode=both fn=relu", (x, gradient))
        yield Case(f"{name}-both-ways", Call(f"op=unary mode=both fn={name}", (x, gradient)), group,
                   reference=reference, without=NOT_COMPILED)
    for name in UNARY:
        reference = Call("op=unary fn=gelu", ("normal:1000:1",)) if name == "gelu_tanh" else None
        yield Case(f"{name}-1000", Call(f"op=unary fn={name}", ("normal:1000:1",)), group,
                   threads="1", reference=reference)
    for kind in ("edges", "denormal", "nan"):
        yield Case(f"gelu-{kind}", Call("op=unary fn=gelu", (f"{kind}:{BIG}",)), group,
                   8 * ELEMENTS, "copy", Call("op=unary fn=gelu", (x,)))


def row_cases():
    group = f"along the rows of [{ROWS}, {COLUMNS}]"
    x = f"normal:{BIG}:1"
    for name in ("softmax", "log_softmax", "layer_norm"):
        inputs = (x, f"normal:{COLUMNS}:2", f"normal:{COLUMNS}:3") if name == "layer_norm" else (x,)
        yield Case(name, Call(f"op=rows fn={name}", inputs), group, 8 * ELEMENTS, "copy")
    for name in ("sum", "mean"):
        yield Case(name, Call(f"op=rows fn={name}", (x,)), group, 4 * ELEMENTS, "copy")


def join_cases():
    group = f"two inputs, joining, transposing: [{ROWS}, {COLUMNS}], or [2048, 2048] for -square"
    x, y = f"normal:{BIG}:1", f"normal:{BIG}:2"
    row, column = f"normal:{COLUMNS}:3", f"normal:{ROWS}x1:4"
    square = ("normal:2048x2048:5", "normal:2048x2048:6")
    three = 12 * ELEMENTS
    for name in ("add", "mul"):
        call = f"op=binary fn={name}"
        yield Case(name, Call(call, (x, y)), group, three, "copy", without=NOT_COMPILED)
        yield Case(f"{name}-row", Call(call, (x, row)), group, 8 * ELEMENTS, "copy",
                   without=NOT_COMPILED)
        yield Case(f"{name}-column", Call(call, (x, column)), group, 8 * ELEMENTS, "copy",
                   without=NOT_COMPILED)
        yield Case(f"{name}-transposed-square", Call(call + " transposed=1", square), group,
                   12 * 2048 * 2048, "copy", without=NOT_COMPILED)
    yield Case("where", Call("op=binary fn=where", (x, y, f"bool:{BIG}:7")), group, 13 * ELEMENTS,
               "copy", without=NOT_COMPILED)
    for dim in (0, 1):
        yield Case(f"cat-dim-{dim}", Call(f"op=cat dim={dim}", (x, y, x)), group, 24 * ELEMENTS,
                   "copy", without=NOT_COMPILED)
    yield Case("transpose", Call("op=transpose", (x,)), group, 8 * ELEMENTS, "copy",
               without=NOT_COMPILED)
    yield Case("transpose-square", Call("op=transpose", square[:1]), group, 8 * 2048 * 2048, "copy",
               without=NOT_COMPILED)


def other_cases():
    group = f"random numbers, [{ROWS}, {COLUMNS}]; AdamW on 8 parameters of [1024, 1024]"
    x = f"normal:{BIG}:1"
    for name in ("randn", "rand", "dropout"):
        yield Case(name, Call(f"op=random fn={name}", (x,)), group, without=NOT_COMPILED,
                   check="bits")
    square = "normal:1024x1024:1", "normal*0.01:1024x1024:2"
    yield Case("adamw", Call("op=adamw tensors=8", square), group, 28 * 8 * 1024 * 1024, "copy",
               without=NOT_COMPILED)


def tiny_cases():
    """For the test of this suite: asked for by name only."""
    inputs = feed_forward_inputs(4, 16, 32)
    yield Case("tiny", Call("op=ffn", inputs), "a tiny block", products(4, 16, 32), "fma",
               reference=Call("op=ffn", inputs, threads=1), same=True)


def all_cases():
    return [*feed_forward_cases(), *unary_cases(), *row_cases(), *join_cases(), *other_cases()]
