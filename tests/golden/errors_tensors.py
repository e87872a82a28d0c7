"""Mistakes with tensors, and what looks like one: the first part of errors.json.

Each case has its name and the Python that makes it; its answer is what the last expression gives.
o(a, b) is torch.ones(a, b), T is torch.tensor.
"""

MATMUL = {
    "o(3,4) @ o(5,6)": "o(3, 4) @ o(5, 6)",
    "o(3)@o(4)": "o(3) @ o(4)",
    "torch.dot(o(3),o(4))": "torch.dot(o(3), o(4))",
    "o(3,4)@o(5)": "o(3, 4) @ o(5)",
    "o(5)@o(4,3)": "o(5) @ o(4, 3)",
    "torch.mm(o(2,3,4),o(4,5))": "torch.mm(o(2, 3, 4), o(4, 5))",
    "torch.mv(o(3,4),o(5))": "torch.mv(o(3, 4), o(5))",
    "torch.bmm(o(2,3,4),o(3,4,5))": "torch.bmm(o(2, 3, 4), o(3, 4, 5))",
    "torch.bmm(o(2,3,4),o(2,5,6))": "torch.bmm(o(2, 3, 4), o(2, 5, 6))",
    "batched matmul batch mismatch o(2,3,4)@o(3,4,5)": "o(2, 3, 4) @ o(3, 4, 5)",
    "scalar matmul T(1.)@o(3)": "T(1.) @ o(3)",
    "addmm": "torch.addmm(o(7), o(3, 4), o(4, 5))",
}

LINEAR = {
    "nn.Linear(3,4)(o(2,7,5))": "nn.Linear(3, 4)(o(2, 7, 5))",
    "nn.Linear(3,4)(o(5))": "nn.Linear(3, 4)(o(5))",
    "nn.Linear(3,4)(T(1.))": "nn.Linear(3, 4)(T(1.))",
    "nn.Linear(3,4)(int64)": "nn.Linear(3, 4)(o(2, 3).long())",
    "nn.Linear(3,4)(float64)": "nn.Linear(3, 4)(o(2, 3).double())",
    "nn.Linear(3,4)(float64 1-d)": "nn.Linear(3, 4)(o(3).double())",
    "nn.Linear(-1,4)": "nn.Linear(-1, 4)",
    "nn.Linear(0,4)": "nn.Linear(0, 4)",
    "nn.Linear(4,0)": "nn.Linear(4, 0)",
    "F.linear(o(2,3), o(4,3), o(5))": "F.linear(o(2, 3), o(4, 3), o(5))",
}

POINTWISE = {
    "o(3)+o(4)": "o(3) + o(4)",
    "o(2,3)+o(2,4)": "o(2, 3) + o(2, 4)",
    "in-place o(3).add_(o(2,3))": "o(3).add_(o(2, 3))",
    "in-place int += float": "i = T([1, 2]); i += T([1.5, 2.5])",
    "int.add_(1.5) scalar": "T([1, 2]).add_(1.5)",
    "expand fewer dims": "o(2, 3).expand(3)",
    "broadcast_to": "torch.broadcast_to(o(3), (2, 4))",
    "broadcast_tensors": "torch.broadcast_tensors(o(3), o(4))",
    "neg bool": "-T([True, False])",
    "int / zero": "T([1, 2]) // T([0, 0])",
    "int % zero": "T([1, 2]) % T([0, 0])",
    "softmax int": "torch.softmax(T([1, 2]), 0)",
    "gelu int": "F.gelu(T([1, 2]))",
    "gelu bool": "F.gelu(T([True]))",
    "sigmoid int ok": "torch.sigmoid(T([0, 2]))",
    "silu int": "F.silu(T([1, 2]))",
    "dropout int": "F.dropout(T([1, 2]))",
    "int ** negative": "T([1, 2]) ** -1",
    "torch.tensor ragged": "T([[1., 2.], [3.]])",
    "torch.tensor str": "T('a')",
}

SHAPES = {
    "view invalid size": "o(6).view(4, 2)",
    "reshape invalid": "o(6).reshape(4, 2)",
    "reshape -1 -1": "o(6).reshape(-1, -1)",
    "reshape negative": "o(6).reshape(-2, 3)",
    "reshape -1 ambiguous": "o(0).reshape(-1, 0)",
    "view non-contiguous": "o(2, 3).t().view(6)",
    "index 1-d negative out of range": "o(3)[-4]",
    "index 2-d out of range": "o(2, 3)[0, 5]",
    "too many indices": "o(3)[0, 0]",
    "float index": "o(3)[1.0]",
    "negative step": "o(3)[::-1]",
    "advanced index oob": "o(3)[T([5])]",
    "select": "o(2, 3).select(1, 5)",
    "narrow": "o(3).narrow(0, 2, 2)",
    "narrow start": "o(3).narrow(0, 4, 1)",
    "sum dim oob": "o(2, 3).sum(2)",
    "sum dim neg oob": "o(2, 3).sum(-3)",
    "softmax dim oob": "torch.softmax(o(2, 3), 2)",
    "transpose": "o(2, 3).transpose(0, 2)",
    "t() on 3d": "o(2, 3, 4).t()",
    "permute count": "o(2, 3).permute(0, 1, 2)",
    "squeeze dim oob": "o(2, 3).squeeze(2)",
    "squeeze non-1 ok": "o(2, 3).squeeze(0).shape",
    "unsqueeze oob": "o(2, 3).unsqueeze(4)",
    "cat dims": "torch.cat([o(2, 3), o(3)])",
    "cat empty list": "torch.cat([])",
    "cat dim oob": "torch.cat([o(3), o(3)], 1)",
    "stack sizes": "torch.stack([o(2), o(3)])",
    "stack empty": "torch.stack([])",
    "split": "o(5).split([2, 2])",
    "flatten": "o(2, 3).flatten(1, 0)",
    "gather": "torch.gather(o(2, 3), 1, T([[5]]))",
    "gather dims": "torch.gather(o(2, 3), 1, T([0]))",
}

VALUES = {
    "item empty": "o(0).item()",
    "bool(many)": "bool(o(2))",
    "bool(empty)": "bool(o(0))",
    "int(many)": "int(o(2))",
    "len 0-dim": "len(T(1.))",
    "iter 0-dim": "iter(T(1.))",
    "f-format 3-elem": "f'{o(3):6.2f}'",
    "f-format 0-d": "f'{T(1.5):6.2f}'",
    "max empty": "o(0).max()",
    "argmax empty": "o(0).argmax()",
    "mean empty": "o(0).mean()",
}

FACTORIES = {
    "zeros negative": "torch.zeros(-1)",
    "arange step 0": "torch.arange(0, 1, 0)",
    "linspace neg steps": "torch.linspace(0, 1, -1)",
    "linspace no steps": "torch.linspace(0, 1)",
    "randint from>=to": "torch.randint(5, 5, (2,))",
    "normal_ std<0": "o(2).normal_(0, -1)",
    "uniform_ from>to": "o(2).uniform_(1, 0)",
    "manual_seed too large": "torch.manual_seed(2**64)",
}

CASES = MATMUL | LINEAR | POINTWISE | SHAPES | VALUES | FACTORIES
