"""Forms for notebooks, made of ipywidgets.

Each form is two modules: a state without widgets (`consents`, `deletions`, `edits`, `connecting`)
and a thin view of it (`consent_form`, …). Forms know only the methods of a project that they need
(`verbs`); they send no requests themselves. What all forms share stands here, each form in a room
of its kind.
"""
