"""The forms of a project, imported when the first one is shown."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    import pandas as pd

    from vfy_notebook.forms.customers.consent_form import ConsentForm
    from vfy_notebook.forms.customers.deletion_form import DeletionForm
    from vfy_notebook.forms.editing.edit_form import EditForm
    from vfy_notebook.forms.segments.segment_form import SegmentForm
    from vfy_notebook.forms.verbs import (
        DeletesCustomers,
        EditsCustomers,
        MakesSegments,
        SendsConsents,
    )

__all__ = ["FormMethods"]


class FormMethods:
    """Methods that show a form; `self` names what the form needs of the project."""

    def consent_form(
        self: SendsConsents, customers: pd.DataFrame | Iterable[str] | None = None
    ) -> ConsentForm:
        """A form to give and withdraw consents; `form.report` is the report of the last run.

        Args:
            customers: A DataFrame indexed by `customer_id`, or ids and source_ids. None: the form
                searches customers by id, source_id or e-mail address.

        Returns:
            The form; as the last line of a cell, JupyterLab shows it. Errors show as sentences in
            it and are never raised.

        Cost in API calls: one to show the form, one or two for a search; *Apply* takes one, plus
        one for each customer. The form shows the number before you click.

        >>> form = project.consent_form(project.fetch_customers(city="Łódź"))
        """
        from vfy_notebook.forms.customers.consent_form import ConsentForm  # noqa: PLC0415 - only who wants it

        return ConsentForm(self, customers)

    def deletion_form(
        self: DeletesCustomers, customers: pd.DataFrame | Iterable[str] | None = None
    ) -> DeletionForm:
        """A form to delete customers, once their number is typed; `form.report` is the report.

        Args:
            customers: A DataFrame indexed by `customer_id`, or ids and source_ids. None: the form
                searches customers by id, source_id or e-mail address.

        Returns:
            The form; as the last line of a cell, JupyterLab shows it. Errors show as sentences in
            it and are never raised.

        Cost in API calls: none to show the form for a DataFrame, otherwise one per customer; one
        or two for a search; one per customer for the deletion.

        >>> form = project.deletion_form(["crm-00005", "crm-00202"])
        """
        from vfy_notebook.forms.customers.deletion_form import DeletionForm  # noqa: PLC0415 - as above

        return DeletionForm(self, customers)

    def edit_form(self: EditsCustomers, customers: pd.DataFrame | None = None) -> EditForm:
        """A form to set one field of many customers to a value: preview, push, undo.

        Args:
            customers: The customers to choose from, as `fetch_customers` gave them. None: the
                form fetches all customers.

        Returns:
            The form; as the last line of a cell, JupyterLab shows it. Errors show as sentences in
            it and are never raised.

        Cost in API calls: one to show the form, for the metadata schema; a preview takes as many
        as `plan_push`, a push as many as its plan says.

        >>> form = project.edit_form(project.fetch_customers())
        """
        from vfy_notebook.forms.editing.edit_form import EditForm  # noqa: PLC0415 - as above

        return EditForm(self, customers)

    def segment_form(self: MakesSegments, customers: pd.DataFrame | None = None) -> SegmentForm:
        """A form to make a segment: conditions, a name, a preview, and *Create*.

        `form.report` tells what was made last, and who is in it.

        Args:
            customers: The customers to choose from, as `fetch_customers` gave them; without a
                condition, all of them are meant. None: the form fetches all customers.

        Returns:
            The form; as the last line of a cell, JupyterLab shows it. Errors show as sentences in
            it and are never raised.

        Cost in API calls: none to show the form; a preview takes as many as `plan_segment`, the
        segment as many as its plan says.

        >>> form = project.segment_form(project.fetch_customers(city="Łódź"))
        """
        from vfy_notebook.forms.segments.segment_form import SegmentForm  # noqa: PLC0415 - as above

        return SegmentForm(self, customers)
