"""Sizes as Kubernetes writes them: `8Gi`, `512M`, `1073741824`."""

from __future__ import annotations

import re

_FORM = re.compile(r"([0-9]+(?:\.[0-9]+)?)(Ki|Mi|Gi|Ti|Pi|Ei|k|M|G|T|P|E)?")
_BINARY = ("Ki", "Mi", "Gi", "Ti", "Pi", "Ei")
_DECIMAL = ("k", "M", "G", "T", "P", "E")


def parse_quantity(text: str) -> int:
    """Give the bytes of a Kubernetes quantity; raises ValueError naming it.

    Source: k8s.io/apimachinery `pkg/api/resource/quantity.go`; its exponents (`1e9`) and fractions of a byte (`100m`)
    are no sizes anybody means, and are refused.
    """
    found = _FORM.fullmatch(text.strip())
    if not found:
        raise ValueError(f"not a size (want a number of bytes, or one with Ki Mi Gi Ti or k M G T): {text!r}")
    number, unit = float(found[1]), found[2]
    if unit in _BINARY:
        return int(number * 1024 ** (_BINARY.index(unit) + 1))
    if unit in _DECIMAL:
        return int(number * 1000 ** (_DECIMAL.index(unit) + 1))
    return int(number)
