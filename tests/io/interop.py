#!/usr/bin/env python3
"""Files that wick writes, read by the Python packages of each format, and the other way round.

    interop.py PATH_TO_interop_dump

Every bit has to come back. A format whose packages are not installed is skipped; if all are, the
exit status is 77. A new format is an entry in FORMATS and one in interop_dump.cpp.
"""

import importlib
import pathlib
import subprocess
import sys
import tempfile

SKIPPED = 77
NUMPY = {"float64": "<f8", "float32": "<f4", "float16": "<f2", "int64": "<i8", "int32": "<i4",
         "uint8": "|u1", "bool": "|b1"}
TORCH = ["float32", "float64", "bfloat16", "float16", "int64", "int32", "uint8", "bool"]


def any_bytes(size, seed):
    """Bytes of every kind, among them those of nans, infinities and denormals."""
    state = seed
    result = bytearray()
    for _ in range(size):
        state = (state * 1664525 + 1013904223) % 2**32
        result.append(state >> 24)
    return bytes(result)


# Tensors are compared as (dtype, shape, bytes in row-major order).

def described_array(array):
    names = {descr: name for name, descr in NUMPY.items()}
    dtype = array.dtype.newbyteorder("<") if array.dtype.itemsize > 1 else array.dtype
    return names[dtype.str], array.shape, array.astype(dtype).tobytes()


def arrays():
    """Arrays of every dtype and layout."""
    import numpy as np
    result = {}
    for seed, (name, descr) in enumerate(NUMPY.items()):
        def make(*shape):
            size = int(np.prod(shape)) * np.dtype(descr).itemsize
            data = any_bytes(size, seed)
            if name == "bool":
                data = bytes(byte % 2 for byte in data)
            return np.frombuffer(data, dtype=descr).reshape(shape)

        plain = make(3, 5)
        result |= {f"{name}.plain": plain, f"{name}.scalar": make(), f"{name}.empty": make(0, 4),
                   f"{name}.fortran": np.asfortranarray(make(4, 3, 2)),
                   f"{name}.sliced": plain[::2, 1:]}
        if plain.dtype.itemsize > 1:
            swapped = plain.byteswap()
            result[f"{name}.big_endian"] = swapped.view(swapped.dtype.newbyteorder(">"))
    return result


def save_npy_files(path, state):
    import numpy as np
    path.mkdir()
    for name, array in state.items():
        np.save(path / f"{name}.npy", array)


def load_npy_files(path):
    import numpy as np
    return {file.name[:-len(".npy")]: np.load(file) for file in path.iterdir()}


def save_npz(path, state):
    import numpy as np
    with open(path, "wb") as file:
        np.savez(file, **state)


def save_npz_compressed(path, state):
    import numpy as np
    with open(path, "wb") as file:
        np.savez_compressed(file, **state)


def load_npz(path):
    import numpy as np
    with np.load(path) as file:
        return {name: file[name] for name in file.files}


def described_tensor(tensor):
    import torch
    flat = tensor.contiguous().reshape(-1)
    return (str(tensor.dtype)[len("torch."):], tuple(tensor.shape),
            bytes(flat.view(torch.uint8).tolist()))


def tensors():
    """Tensors of every dtype."""
    import torch
    result = {}
    for seed, name in enumerate(TORCH):
        dtype = getattr(torch, name)

        def make(*shape):
            size = torch.zeros(shape, dtype=dtype).numel() * torch.zeros(1, dtype=dtype).element_size()
            data = any_bytes(size, seed)
            if name == "bool":
                data = bytes(byte % 2 for byte in data)
            return torch.tensor(list(data), dtype=torch.uint8).view(dtype).reshape(shape)

        result |= {f"{name}.plain": make(3, 5), f"{name}.scalar": make(), f"{name}.empty": make(0, 4)}
    return result


def save_safetensors(path, state):
    from safetensors.torch import save_file
    save_file(state, path, {"format": "pt", "other": "ü"})


def load_safetensors(path):
    from safetensors.torch import load_file
    return load_file(path)


def views():
    """Tensors of every dtype and layout, some of them in one storage."""
    result = tensors()
    for name in TORCH:
        plain = result[f"{name}.plain"]
        result |= {f"{name}.transposed": plain.t(), f"{name}.sliced": plain[::2, 1:],
                   f"{name}.expanded": plain[:, :1].expand(3, 4)}
    return result


def save_torch(path, state):
    import torch
    torch.save(state, path)


def save_torch_legacy(path, state):
    import torch
    torch.save(state, path, _use_new_zipfile_serialization=False)


def load_torch(path):
    import torch
    return torch.load(path, weights_only=True)


# name: packages, what there is to save, save, load, tensor -> what is compared
FORMATS = {
    "safetensors": (["torch", "safetensors"], tensors, save_safetensors, load_safetensors,
                    described_tensor),
    "torch": (["torch"], views, save_torch, load_torch, described_tensor),
    "torch_legacy": (["torch"], views, save_torch_legacy, load_torch, described_tensor),
    "npy": (["numpy"], arrays, save_npy_files, load_npy_files, described_array),
    "npz": (["numpy"], arrays, save_npz, load_npz, described_array),
    "npz_compressed": (["numpy"], arrays, save_npz_compressed, load_npz, described_array),
}


def dump(program, action, name, path):
    """What interop_dump prints, as {name: (dtype, shape, bytes)}."""
    output = subprocess.run([program, action, name, str(path)], check=True, capture_output=True,
                            text=True).stdout
    result = {}
    for line in output.splitlines():
        tensor, dtype, shape, data = line.split(" ")
        sizes = tuple(int(size) for size in shape.split(",") if size)
        result[bytes.fromhex(tensor).decode()] = (dtype, sizes, bytes.fromhex(data))
    return result


def differences(wanted, got):
    for name in dict.fromkeys([*wanted, *got]):
        if wanted.get(name) != got.get(name):
            yield f"{name}: wrote {wanted.get(name)}, read {got.get(name)}"


def check(program, name, folder):
    """Every difference, both ways."""
    _, make, save, load, described = FORMATS[name]
    ours = folder / f"{name}.wick"
    written = dump(program, "write", name, ours)
    yield from differences(written, {key: described(x) for key, x in load(ours).items()})
    theirs = folder / f"{name}.python"
    state = make()
    save(theirs, state)
    yield from differences({key: described(x) for key, x in state.items()},
                           dump(program, "read", name, theirs))


def missing(packages):
    for package in packages:
        try:
            importlib.import_module(package)
        except ImportError:
            yield package


def main(program):
    wrong = ran = 0
    for name, (packages, *_) in FORMATS.items():
        absent = list(missing(packages))
        if absent:
            print(f"{name}: skipped: {', '.join(absent)} not installed for {sys.executable}")
            continue
        ran += 1
        with tempfile.TemporaryDirectory() as folder:
            try:
                found = list(check(program, name, pathlib.Path(folder)))
            except subprocess.CalledProcessError as error:
                found = [f"{' '.join(error.cmd)}: {error.stderr}"]
        wrong += bool(found)
        print(f"{name}: " + ("ok" if not found else f"{len(found)} differ"))
        for line in found[:10]:
            print("  " + line[:300])
    return SKIPPED if not ran else 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
