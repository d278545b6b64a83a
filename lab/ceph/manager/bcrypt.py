"""The three functions of bcrypt that the dashboard calls, over the system's libcrypt.

Ceph runs each of its Python modules in an interpreter of its own, and the bcrypt of Debian 13 is written in Rust with
PyO3, which refuses to be loaded there ("PyO3 modules do not yet support subinterpreters").
"""

import ctypes
import hmac
import os

_LIBRARY = ctypes.CDLL("libcrypt.so.1")
_HASH = _LIBRARY.crypt_ra
_HASH.restype = ctypes.c_char_p
_HASH.argtypes = [ctypes.c_char_p, ctypes.c_char_p, ctypes.POINTER(ctypes.c_void_p), ctypes.POINTER(ctypes.c_int)]
_SALT = _LIBRARY.crypt_gensalt_ra
_SALT.restype = ctypes.c_char_p
_SALT.argtypes = [ctypes.c_char_p, ctypes.c_ulong, ctypes.c_char_p, ctypes.c_int]
_ENTROPY = 16


def gensalt(rounds=12, prefix=b"2b"):
    return _SALT(b"$" + prefix + b"$", rounds, os.urandom(_ENTROPY), _ENTROPY)


def hashpw(password, salt):
    data, size = ctypes.c_void_p(None), ctypes.c_int(0)
    hashed = _HASH(password, salt, ctypes.byref(data), ctypes.byref(size))
    # libcrypt marks a failure with a star in place of a hash.
    if not hashed or hashed.startswith(b"*"):
        raise ValueError("Invalid salt")
    return hashed


def checkpw(password, hashed):
    return hmac.compare_digest(hashpw(password, hashed), hashed)
