"""The secret key: a type that hides it, where it is found, and to which addresses it goes."""
