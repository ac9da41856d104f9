"""The form that makes a segment of customers who are chosen by conditions."""
