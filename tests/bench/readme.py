"""The README's table: some of the cases, by names for readers."""
from measure import spread
from report import digits, duration, ratio

BLOCK = "feed-forward block 512 → 2048 → 512"
TITLES = {
    "ffn": f"{BLOCK}, 3200 tokens",
    "ffn-1-thread": "the same",
    "ffn-8-tokens": "the same, 8 tokens",
    "ffn-1-token": "the same, 1 token",
    "ffn-16-64-16-1-token": "feed-forward block 16 → 64 → 16, 1 token",
    "ffn-dropout": f"{BLOCK}, 3200 tokens, with dropout",
    "ffn-training-step": "the same, a training step with AdamW",
    "ffn-bf16": f"{BLOCK}, 3200 tokens, bfloat16",
    "gelu-forward": "gelu, 6.5 million numbers",
    "gelu-both-ways": "the same and its gradient",
    "gelu-1000": "gelu, 1000 numbers",
    "gelu_tanh-1000": "gelu with tanh, 1000 numbers",
    "silu-1000": "silu, 1000 numbers",
    "tanh-1000": "tanh, 1000 numbers",
    "softmax": "softmax, rows of [3200, 2048]",
    "layer_norm": "layer_norm, rows of [3200, 2048]",
    "sum": "sum, rows of [3200, 2048]",
    "add-column": "[3200, 2048] + [3200, 1]",
    "where": "where, [3200, 2048]",
    "cat-dim-1": "cat of three, [3200, 2048]",
    "transpose": "transposed copy, [3200, 2048]",
    "randn": "randn, [3200, 2048]",
    "dropout": "dropout, [3200, 2048]",
    "adamw": "AdamW, 8 million parameters",
    "tiny": "a tiny block, for sanity.py",
}
COLUMNS = {"torch": "PyTorch", "compiled": "compiled", "libtorch": "libtorch"}


def table(results, workers):
    used = [column for column in COLUMNS if column in workers]
    heads = ["", "threads", "wick", "of the limit", *(COLUMNS[column] for column in used)]
    lines = ["| " + " | ".join(heads) + " |", "|---" + "|--:" * (len(heads) - 1) + "|"]
    for name, title in TITLES.items():
        for result in results:
            if result.case.name != name or "wick" not in result.entries:
                continue
            low, median, high = spread(list(result.entries["wick"].times.values()))
            parts = result.parts_of_limit()
            cells = [title, str(result.threads), duration(median, (high - low) / 2),
                     f"{digits(100 * spread(parts)[1], 0, 0)} %" if parts else ""]
            lines.append("| " + " | ".join(cells + [ratio(result.ratios(c)) for c in used]) + " |")
    return "\n".join(lines)
