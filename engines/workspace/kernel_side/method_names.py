"""What a method does to its object, as far as its name tells. Asked only where no fingerprint can."""

from __future__ import annotations

# fmt: off
PURE = frozenset({
    "abs", "all", "any", "argmax", "argmin", "argsort", "astype", "clip", "copy", "corr", "count",
    "cov", "cumsum", "decode", "describe", "diff", "display", "dot", "encode", "endswith", "eval",
    "exists", "find", "format", "get", "groupby", "head", "hist", "index", "info", "isin", "isna",
    "item", "items", "join", "keys", "last", "lower", "ls", "max", "mean", "median", "merge", "min",
    "ndim", "notna", "plot", "print", "quantile", "ravel", "read_bytes", "read_text", "render",
    "reshape", "rolling", "round", "save", "savefig", "score", "show", "sleep", "split", "std",
    "strip", "sum", "tail", "to_csv", "to_excel", "to_frame", "to_html", "to_json", "to_numpy",
    "to_parquet", "tolist", "transpose", "unique", "upper", "value_counts", "values", "var", "view",
    "wait", "where", "write_image",
})
"""Called for itself, as a statement, any other method is taken to change its object."""

CHANGING = frozenset({
    "add", "append", "appendleft", "clear", "difference_update", "discard", "extend", "extendleft",
    "fill", "fit", "fit_transform", "insert", "intersection_update", "load_state_dict",
    "move_to_end", "next", "partial_fit", "pop", "popitem", "popleft", "push", "put", "read",
    "readline", "readlines", "remove", "reverse", "rotate", "send", "setdefault", "shuffle", "sort",
    "step", "train", "truncate", "update", "write", "writelines",
})
"""Where the result is used, only these are."""
# fmt: on
