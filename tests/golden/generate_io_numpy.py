#!/usr/bin/env python3
"""Writes io/*.npy, *.npz and *.safetensors: small files made by NumPy and by safetensors.

Element i of an array of any shape is (i - 5) / 4 if it is floating, i - 5 if it is a signed
integer, i if it is uint8, and whether i is a multiple of 3 if it is a bool, so that a test can work
it out. The bytes of object.npy and of the .npz files vary with the versions of NumPy and Python.
"""

import io
import sys

import golden
from golden import torch

try:
    import numpy as np
    from numpy.lib import format as npy
    from safetensors.torch import save as save_safetensors
except ImportError:
    np = None

DTYPES = ["f8", "f4", "f2", "i8", "i4", "u1", "b1"]
TORCH_DTYPES = ["float64", "float32", "float16", "bfloat16", "int64", "int32", "uint8", "bool"]


def array(dtype, *shape):
    """An array of the values that the docstring tells."""
    i = np.arange(int(np.prod(shape)))
    kind = np.dtype(dtype).kind
    values = {"f": (i - 5) / 4, "i": i - 5, "u": i, "b": i % 3 == 0}[kind]
    return values.reshape(shape).astype(dtype)


def npy_bytes(values, version=None):
    file = io.BytesIO()
    npy.write_array(file, values, version=version)
    return file.getvalue()


def npy_files():
    for dtype in DTYPES:
        yield f"c_{dtype}", npy_bytes(array(dtype, 3, 4))
        yield f"fortran_{dtype}", npy_bytes(np.asfortranarray(array(dtype, 3, 4)))
    for dtype in ["f8", "f4", "f2", "i8", "i4"]:
        yield f"big_endian_{dtype}", npy_bytes(array(dtype, 3, 4).astype(">" + dtype))
    yield "big_endian_fortran_i4", npy_bytes(np.asfortranarray(array(">i4", 2, 3, 4)))
    yield "fortran_3d_f4", npy_bytes(np.asfortranarray(array("f4", 2, 3, 4)))
    yield "scalar_f4", npy_bytes(array("f4"))
    yield "one_dim_i8", npy_bytes(array("i8", 7))
    yield "empty_f4", npy_bytes(array("f4", 3, 0))
    yield "empty_fortran_f8", npy_bytes(np.asfortranarray(array("f8", 0, 4, 2)))
    yield "version_2_f4", npy_bytes(array("f4", 3, 4), (2, 0))
    yield "version_3_f4", npy_bytes(array("f4", 3, 4), (3, 0))
    yield "object", npy_bytes(np.array([{}, None], dtype=object))
    yield "structured", npy_bytes(np.zeros(2, dtype=[("a", "<f4"), ("b", "<i4")]))
    yield "complex", npy_bytes(np.zeros(2, dtype=complex))
    yield "string", npy_bytes(np.array(["a", "bc"]))


def npz_bytes(save):
    file = io.BytesIO()
    save(file, weight=array("f4", 3, 4), bias=np.asfortranarray(array("f8", 2, 3)),
         scalar=array("i4"), empty=array("u1", 0, 2))
    return file.getvalue()


def safetensors_files():
    def tensor(dtype, *shape):
        kind = "b1" if dtype == "bool" else "u1" if dtype == "uint8" else \
            "f8" if "float" in dtype else "i8"
        return torch.from_numpy(array(kind, *shape)).to(getattr(torch, dtype))

    tensors = {f"{dtype}": tensor(dtype, 3, 4) for dtype in TORCH_DTYPES}
    tensors["scalar"] = tensor("float32")
    tensors["empty"] = tensor("float16", 0, 3)
    yield "dtypes", save_safetensors(tensors, {"format": "pt"})
    yield "nothing", save_safetensors({})
    yield "int8", save_safetensors({"x": torch.zeros(2, dtype=torch.int8)})


def facts():
    if np is None:
        print("NumPy or safetensors is not installed: io/ is left out")
        return {}
    files = {f"io/{name}.npy": data for name, data in npy_files()}
    files["io/stored.npz"] = npz_bytes(np.savez)
    files["io/compressed.npz"] = npz_bytes(np.savez_compressed)
    files |= {f"io/{name}.safetensors": data for name, data in safetensors_files()}
    return files


if __name__ == "__main__":
    sys.exit(golden.main(__doc__, facts))
