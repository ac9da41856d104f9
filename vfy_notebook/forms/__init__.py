"""Forms in the notebook: what a form knows and does is plain Python, its view is ipywidgets.

Each form is two modules: a state without widgets (`consents`, `deletions`, `edits`,
`connecting`) and a thin view on it (`consent_form`, …). Forms know a project only by the verbs
that they need (`verbs`); they send no requests and count nothing themselves.
"""
