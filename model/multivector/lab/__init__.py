"""The lab: running scenarios in batches, keeping the results, comparing and explaining them."""
