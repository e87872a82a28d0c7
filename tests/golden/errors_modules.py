"""Mistakes with modules, gradients and optimizers: the second part of errors.json.

Written as in errors_tensors.py; net() and leaf(2) are those of generate_errors.py.
"""

LAYERS = {
    "nn.Dropout(-0.1)": "nn.Dropout(-0.1)",
    "nn.Dropout(1.5)": "nn.Dropout(1.5)",
    "F.dropout(p=-0.1)": "F.dropout(o(2), -0.1)",
    "torch.dropout(p=1.5)": "torch.dropout(o(2), 1.5, True)",
    "torch.dropout(p=-0.1, train=False)": "torch.dropout(o(2), -0.1, False)",
    'nn.GELU("bad")(x)': "nn.GELU('bad')(o(2))",
    'F.gelu(approximate="Tanh")': "F.gelu(o(2), approximate='Tanh')",
    "F.gelu(approximate=None)": "F.gelu(o(2), approximate=None)",
    "nn.GELU()(3.0)": "nn.GELU()(3.0)",
}

MODULES = {
    "Sequential index": "nn.Sequential(nn.ReLU())[1]",
    "Sequential neg index": "nn.Sequential(nn.ReLU())[-2]",
    "Sequential call none": "nn.Sequential()(o(2))",
    "forward not implemented": "nn.Module()(o(2))",
    "assign before super().__init__": """
class Early(nn.Module):
    def __init__(self):
        self.l = nn.ReLU()
Early()
""",
    "missing attribute": "nn.Linear(1, 1).foo",
    "assign tensor to parameter": "m = nn.Linear(1, 1); m.weight = o(1, 1)",
    "assign int to submodule": "m = nn.Module(); m.l = nn.ReLU(); m.l = 3",
    "register_parameter dot": "nn.Module().register_parameter('a.b', None)",
    "register_parameter empty": "nn.Module().register_parameter('', None)",
    "register_parameter exists": "nn.Module().register_parameter('training', None)",
    "add_module dot": "nn.Module().add_module('a.b', nn.ReLU())",
    "register_buffer exists": "nn.Linear(1, 1).register_buffer('weight', o(1))",
    "get_submodule": "nn.Sequential(nn.ReLU()).get_submodule('1')",
    'train("yes")': "nn.ReLU().train('yes')",
    "load_state_dict ok": "net().load_state_dict(net().state_dict())",
    "load_state_dict missing":
        "s = net().state_dict(); del s['0.bias'], s['2.weight']; net().load_state_dict(s)",
    "load_state_dict missing+unexpected+size":
        "s = net().state_dict(); del s['0.bias']; s['foo'] = o(1); s['2.weight'] = o(4, 4)\n"
        "net().load_state_dict(s)",
    "load_state_dict not a tensor":
        "s = net().state_dict(); s['2.weight'] = 3; net().load_state_dict(s)",
    "load_state_dict not a dict": "net().load_state_dict(3)",
    "LayerNorm mismatch": "nn.LayerNorm(4)(o(2, 3))",
    "LayerNorm multi mismatch": "nn.LayerNorm((3, 4))(o(2, 4, 3))",
    "Embedding oob": "nn.Embedding(3, 2)(T([3]))",
    "Embedding float": "nn.Embedding(3, 2)(T([1.]))",
    "BatchNorm1d dims": "nn.BatchNorm1d(3)(o(3))",
    "BatchNorm1d 1 value": "nn.BatchNorm1d(3)(o(1, 3))",
}

LOSSES = {
    "CrossEntropy batch mismatch": "nn.CrossEntropyLoss()(o(2, 3), T([0]))",
    "CrossEntropy target oob": "nn.CrossEntropyLoss()(o(2, 3), T([0, 3]))",
    "CrossEntropy target dtype": "nn.CrossEntropyLoss()(o(2, 3), T([0., 1.]))",
    "CrossEntropy int32 target": "nn.CrossEntropyLoss()(o(2, 3), T([0, 1]).int())",
    "CrossEntropy label_smoothing": "nn.CrossEntropyLoss(label_smoothing=1.5)(o(2, 3), T([0, 1]))",
    "reduction": "F.mse_loss(o(2), o(2), reduction='avg')",
    "l1 incompatible": "F.l1_loss(o(2), o(3))",
    "bce range": "F.binary_cross_entropy(T([1.5]), o(1))",
    "bce shape": "F.binary_cross_entropy(o(1), o(2))",
    "nll": "F.nll_loss(o(2, 3), T([0]))",
    "softmax implicit dim": "F.softmax(o(2, 3))",
    "Softmax no dim": "nn.Softmax()(o(2, 3))",
}

GRADIENTS = {
    "backward no grad": "o(1).sum().backward()",
    "backward twice": "y = leaf(2).exp().sum(); y.backward(); y.backward()",
    "backward grad shape": "(leaf(2) * 2).backward(o(3))",
    "leaf in-place": "leaf(2).add_(1)",
    "leaf view in-place": "leaf(2)[0].add_(1)",
    "in-place modified saved (exp)": "y = leaf(2).exp(); y.add_(1); y.sum().backward()",
    # The weight is read again for the gradient of the first layer's output.
    "weight modified before backward": """
m = nn.Sequential(nn.Linear(2, 2), nn.Linear(2, 2))
y = m(o(1, 2)).sum()
with torch.no_grad():
    m[1].weight.add_(1)
y.backward()
""",
    "numpy with grad": "leaf(2).numpy()",
    "int requires_grad": "T([1, 2], requires_grad=True)",
    "requires_grad_(False) non-leaf": "(leaf(2) * 2).requires_grad_(False)",
    "autograd.grad unused": "torch.autograd.grad(leaf(2).sum(), leaf(2))",
    "deepcopy non-leaf": "copy.deepcopy(leaf(2) * 2)",
    "assign grad wrong shape": "x = leaf(2); x.grad = o(3)",
    "assign grad non tensor": "x = leaf(2); x.grad = 3",
    "out= with requires_grad": "torch.add(leaf(2), 1, out=o(2))",
}

OPTIMIZERS = {
    "SGD no lr": "optim.SGD([leaf(2)])",
    "SGD lr<0": "optim.SGD([leaf(2)], lr=-1)",
    "SGD momentum<0": "optim.SGD([leaf(2)], lr=1, momentum=-1)",
    "SGD nesterov": "optim.SGD([leaf(2)], lr=1, nesterov=True)",
    "SGD tensor": "optim.SGD(leaf(2), lr=1)",
    "SGD non-leaf": "optim.SGD([leaf(2) * 2], lr=1)",
    "SGD duplicate": "x = leaf(2); optim.SGD([x, x], lr=1); None",
    "SGD dup groups": "x = leaf(2); optim.SGD([{'params': [x]}, {'params': [x]}], lr=1)",
    "Adam betas": "optim.Adam([leaf(2)], betas=(1.0, 0.9))",
    "Adam eps": "optim.Adam([leaf(2)], eps=-1)",
    "Adam lr": "optim.Adam([leaf(2)], lr=-1)",
    "clip_grad_norm nonfinite":
        "x = leaf(2); x.grad = T([float('inf'), 0.])\n"
        "nn.utils.clip_grad_norm_([x], 1, error_if_nonfinite=True)",
}

INIT = {
    "kaiming 1-d": "nn.init.kaiming_uniform_(o(3))",
    "kaiming zero": "nn.init.kaiming_uniform_(o(0, 2))",
    "gain unsupported": "nn.init.calculate_gain('foo')",
    "eye_": "nn.init.eye_(o(3))",
    "dirac_": "nn.init.dirac_(o(3, 3))",
    "orthogonal_": "nn.init.orthogonal_(o(3))",
    "trunc_normal_ warn": "nn.init.trunc_normal_(o(3), 5, 1, -2, -2)",
}

CASES = LAYERS | MODULES | LOSSES | GRADIENTS | OPTIMIZERS | INIT
