"""What holds keys stays in its process."""

from __future__ import annotations

from typing import TYPE_CHECKING, NoReturn

from vfy_notebook.errors import ArgumentError

if TYPE_CHECKING:
    from typing import SupportsIndex

__all__ = ["StaysInProcess"]


class StaysInProcess:
    """Refuses to be pickled: a pickle may reach workers, their logs and their disks."""

    def __reduce_ex__(self, protocol: SupportsIndex) -> NoReturn:
        """Refuse.

        Raises:
            ArgumentError: Always; it tells what to send instead.
        """
        raise ArgumentError(
            f"A {type(self).__name__} holds the project's keys, which do not leave this process: "
            "it cannot be pickled, copied or sent to a worker. Fetch here and send the DataFrame; "
            "what is larger than memory, save with project.save_customers(folder) and read with "
            "saved.to_dask()."
        )
