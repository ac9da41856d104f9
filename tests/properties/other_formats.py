"""Where frames go and come back from, each as its users do it."""

from __future__ import annotations

import io
import json

import duckdb
import pandas as pd
import polars as pl
from hypothesis import reject

from vfy_notebook import plain


def csv(frame):
    return pd.read_csv(io.StringIO(frame.to_csv()), index_col=0)


def csv_of_texts(frame):
    """Everything as text, blanks for missing: what careful people do."""
    return pd.read_csv(
        io.StringIO(frame.to_csv()), index_col="customer_id", dtype=str, keep_default_na=False
    )


def csv_in_arrow(frame):
    file = io.BytesIO(frame.to_csv().encode())
    return pd.read_csv(file, index_col=0, engine="pyarrow", dtype_backend="pyarrow")


def json_split(frame):
    return _read_json(frame.to_json(orient="split", date_format="iso"), "split")


def json_epoch(frame):
    return _read_json(frame.to_json(orient="columns", date_format="epoch"), "columns")


def _read_json(text, orient):
    if "e+308" in text:
        reject()  # rounded up, the largest floats are infinite
    try:
        return pd.read_json(io.StringIO(text), orient=orient)
    except ValueError:
        reject()  # pandas reads no integers beyond 64 bits


def json_records(frame):
    text = frame.reset_index().to_json(orient="records", date_format="iso", lines=True)
    if not text.strip():
        return frame
    if "e+308" in text:
        reject()
    return pd.DataFrame(map(json.loads, text.splitlines())).set_index("customer_id")


def parquet(frame):
    file = io.BytesIO()
    plain(frame).to_parquet(file)
    return pd.read_parquet(file).set_index("customer_id")


def parquet_in_arrow(frame):
    file = io.BytesIO()
    plain(frame).to_parquet(file)
    return pd.read_parquet(file, dtype_backend="pyarrow").set_index("customer_id")


def feather(frame):
    file = io.BytesIO()
    plain(frame).to_feather(file)
    return pd.read_feather(file).set_index("customer_id")


def polars(frame):
    return pl.from_pandas(plain(frame)).to_pandas().set_index("customer_id")


def polars_csv(frame):
    text = pl.from_pandas(plain(frame)).write_csv()
    if not len(frame):
        return frame
    table = pl.read_csv(io.BytesIO(text.encode()), infer_schema_length=None)
    if pl.Int128 in table.dtypes:
        reject()  # Polars hands no integers beyond 64 bits to pandas
    return table.to_pandas().set_index("customer_id")


def duck(frame):
    made = plain(frame)
    with duckdb.connect() as connection:
        connection.register("made", made)
        return connection.sql("SELECT * FROM made").df().set_index("customer_id")


FORMATS = [
    csv,
    csv_of_texts,
    csv_in_arrow,
    json_split,
    json_epoch,
    json_records,
    parquet,
    parquet_in_arrow,
    feather,
    polars,
    polars_csv,
    duck,
]
