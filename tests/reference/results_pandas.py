"""Opens results.h5 as the README says and checks what it sees: results_pandas.py results.h5"""
import sys

path = sys.argv[1]

import h5py, pandas as pd
g = h5py.File(path)["cells"]
df = pd.DataFrame({k: d.asstr()[:] if d.dtype == object else d[:] for k, d in g.items()})

assert len(df) == 4, df
assert list(df["method"]) == ["rtn", "rtn", "brecq", "brecq"], df
assert list(df["quant.weight.bits"]) == [4, 2, 4, 2], df
done = df[df["status"] == "ok"]
assert len(done) == 2 and done["top1"].between(0, 100).all() and df["top1"].isna().sum() == 2, df
run = h5py.File(path)["runs"][done["id"].iloc[0]]
assert "config_yaml" in run.attrs and "provenance_json" in run.attrs and len(run["correct"]) == 3, list(run)
