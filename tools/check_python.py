"""Before anything is made: can this Python make the environment?

Every Python 3 must be able to read this file, so that it can say what is wrong.
"""

import sys

#: As `requires-python` in pyproject.toml says; a test holds them together.
LOWEST = (3, 11)

#: What makes an environment; Debian and Ubuntu have it in a package of its own.
NEEDED = ("venv", "ensurepip")


def problem(version: tuple, import_module=__import__) -> str:  # noqa: ANN001
    """What keeps this Python from it, and the way out; an empty text if nothing does.

    Args:
        version: Such as `sys.version_info`.
        import_module: Imports a module by its name.
    """
    if tuple(version[:2]) < LOWEST:
        return (
            "vfy-notebook takes Python {}.{} or newer, and {} is Python {}.{}.\n"
            "Name a newer one: make PYTHON=python3.13 ..."
        ).format(*LOWEST, sys.executable, *version[:2])
    for module in NEEDED:
        try:
            import_module(module)
        except ImportError:
            return (
                f"`{sys.executable} -m venv` cannot work: this Python lacks its module {module}.\n"
                "On Debian and Ubuntu: apt install python3-venv\n"
                "Or name another Python: make PYTHON=python3.13 ..."
            )
    return ""


if __name__ == "__main__":
    sys.exit(problem(sys.version_info) or 0)
