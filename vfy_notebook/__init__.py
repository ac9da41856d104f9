"""Voucherify customers and segments as pandas DataFrames.

>>> import vfy_notebook as vfy
>>> with vfy.demo(customers=2) as project:
...     project.fetch_customers(progress=False).index.name
'customer_id'
"""

from vfy_notebook import errors
from vfy_notebook.connection import connect, demo
from vfy_notebook.project import Project

__all__ = ["Project", "connect", "demo", "errors"]
__version__ = "0.1.0"
