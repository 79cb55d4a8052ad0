"""How the models in pipeline/models were trained. Needs lightgbm, and the labelled pages in SCUTCH_SHARED."""
