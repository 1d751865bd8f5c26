"""Measure the product on one real province's volumes, beside the limit of the machine."""
