"""Runs steps over shards: batches, edits and the ledger, storage, executors."""
