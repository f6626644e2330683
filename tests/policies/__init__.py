"""The admission policies of the chart, with no webhook beside them."""
