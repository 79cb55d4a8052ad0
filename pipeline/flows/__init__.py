"""The run as a Prefect flow."""
