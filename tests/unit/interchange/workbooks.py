"""Workbooks that somebody has edited with another program: here, with openpyxl."""

from __future__ import annotations

import contextlib

import numpy as np
import openpyxl
import pandas as pd

import vfy_notebook as vfy


@contextlib.contextmanager
def edited(path):
    """The sheet of customers, saved when the block ends."""
    book = openpyxl.load_workbook(path)
    yield book["customers"]
    book.save(path)
    book.close()


def column(sheet, header):
    """A column's number by its header."""
    return next(cell.column for cell in sheet[1] if cell.value == header)


def cell(sheet, customer_id, header):
    """A customer's cell."""
    row = next(each[0].row for each in sheet.iter_rows(min_row=2) if each[0].value == customer_id)
    return sheet.cell(row, column(sheet, header))


def written(customers, folder, columns=None, **options):
    return vfy.to_excel(customers, folder / "customers.xlsx", columns, overwrite=True, **options)


def differences(one, other):
    """(customer id, column) → what it is in the second frame."""
    return {
        (customer_id, name): other.at[customer_id, name]
        for name in one.columns
        if name in other.columns
        for customer_id in other.index
        if customer_id in one.index
        and not _same(one.at[customer_id, name], other.at[customer_id, name])
    }


def _same(one, other):
    if isinstance(one, list | dict) or isinstance(other, list | dict):
        return one == other
    if pd.isna(one) or pd.isna(other):
        return pd.isna(one) and pd.isna(other)
    return isinstance(one, bool | np.bool_) == isinstance(other, bool | np.bool_) and one == other
