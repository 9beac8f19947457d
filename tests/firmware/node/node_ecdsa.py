import hashlib

import ecdsa
from scratch import equal

# RFC 6979, A.2.5: curve P-256, SHA-256, messages "sample" and "test".
KEY = bytes.fromhex(
    "0460fed4ba255a9d31c961eb74c6356d68c049b8923b61fa6ce669622e60f29fb6"
    "7903fe1008b8bc99a41ae9e95628bc64f2f1b20c2d7e9f5177a3c294d4462299"
)
SIGNED = {
    b"sample": "efd48b2aacb6a8fd1140dd9cd45e81d69d2c877b56aaf991c34d0ea84eaf3716"
    "f7cb1c942d657c41d436c7a1b6e29f65f3e900dbb9aff4064dc4ab2f843acda8",
    b"test": "f1abb023518351cd71d881567b1ea663ed3efcf6c5132b354f28d3b0b7d38367"
    "019f4113742a2b14bd25926b49c649155f267e60d3814b4c0cc84250e46f0083",
}


def verdict(key, digest, signature):
    answers = list(ecdsa.verify(key, digest, signature))
    equal(answers[:-1], [None] * (len(answers) - 1))
    return answers[-1]


def test_the_standard_s_signatures_are_right():
    for text, signature in SIGNED.items():
        digest = hashlib.sha256(text).digest()
        equal(verdict(KEY, digest, bytes.fromhex(signature)), True)


def test_a_signature_of_another_text_is_wrong():
    digest = hashlib.sha256(b"test").digest()
    equal(verdict(KEY, digest, bytes.fromhex(SIGNED[b"sample"])), False)


def test_every_byte_counts():
    digest = hashlib.sha256(b"sample").digest()
    signature = bytes.fromhex(SIGNED[b"sample"])
    for at in (0, 31, 32, 63):
        changed = signature[:at] + bytes([signature[at] ^ 1]) + signature[at + 1 :]
        equal(verdict(KEY, digest, changed), False)
    for at in (1, 32, 33, 64):
        changed = KEY[:at] + bytes([KEY[at] ^ 1]) + KEY[at + 1 :]
        equal(ecdsa.public_point(changed), None)
        equal(verdict(changed, digest, signature), False)


def test_the_loop_runs_between_slices():
    signature = bytes.fromhex(SIGNED[b"test"])
    answers = list(ecdsa.verify(KEY, hashlib.sha256(b"test").digest(), signature))
    if len(answers) < 256:
        raise AssertionError(f"{len(answers)} slices")
