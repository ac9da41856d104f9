"""The import of customers by the API's CSV route."""
